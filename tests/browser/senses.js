// What is wrong with a page for who sees nothing of it, has no mouse, magnifies it, or reads it on paper.
// An expression: an object of functions, each of which gives its findings as words.
({
  // By the tree of elements: headings, landmarks, names, tables, pictures, where the focus goes.
  heard(language) {
    const found = [];
    const all = (selector, within = document) => [...within.querySelectorAll(selector)];
    const shown = (one) => one.checkVisibility({ visibilityProperty: true });
    const words = (text) => (text || "").replace(/\s+/g, " ").trim();
    const texts = (ids) => (ids || "").split(/\s+/).filter(Boolean).map((id) => words(document.getElementById(id)?.textContent)).join(" ");
    const labels = (one) => [...(one.labels || [])].map((label) => words(label.textContent)).join(" ");
    const pictures = (one) => all("img[alt]", one).map((image) => image.alt).join(" ");
    const nameOf = (one) =>
      texts(one.getAttribute("aria-labelledby")) || words(one.getAttribute("aria-label")) || labels(one) ||
      (/^(INPUT|SELECT|TEXTAREA)$/.test(one.tagName) ? words(one.title) : words(`${one.textContent} ${pictures(one)}`) || words(one.title));
    const told = (one) => {
      const clone = one.cloneNode(false);
      return clone.outerHTML.slice(0, 110);
    };

    const heads = all("h1, h2, h3, h4, h5, h6").filter(shown);
    const ones = heads.filter((head) => head.tagName === "H1");
    if (ones.length !== 1) found.push(`${ones.length} h1`);
    heads.reduce((above, head) => {
      const level = Number(head.tagName[1]);
      if (level > above + 1) found.push(`h${level} below h${above}: ${words(head.textContent)}`);
      return level;
    }, 0);
    if (ones[0] && !words(document.title).startsWith(words(ones[0].textContent))) found.push(`titled ${document.title}`);
    if (document.documentElement.lang !== (language === "zh" ? "zh-CN" : "en")) found.push(`in ${document.documentElement.lang}`);

    if (all("body > header").length !== 1) found.push("no banner");
    if (all("main#main[tabindex='-1']").length !== 1) found.push("no main");
    const navs = all("nav, [role=navigation]");
    if (navs.some((nav) => !nav.getAttribute("aria-label"))) found.push("a navigation without a name");
    if (all("nav.menu").length && all("nav.menu a").some((link) => `${location.pathname}/`.startsWith(`${new URL(link.href).pathname}/`))) {
      if (all("nav.menu a[aria-current=page]").length !== 1) found.push("the menu does not say where this is");
    }
    const skip = all("a[href]")[0];
    if (skip?.getAttribute("href") !== "#main") found.push("the first link does not skip");

    const pressed = all("a[href], button, summary").filter(shown);
    const typed = all("input:not([type=hidden]), select, textarea").filter(shown);
    for (const one of [...pressed, ...typed]) {
      if (one.closest("[aria-hidden=true]")) {
        if (one.tabIndex >= 0) found.push(`hidden, and reached: ${told(one)}`);
      } else if (!nameOf(one)) found.push(`nameless: ${told(one)}`);
      else if (/^(这里|此处|点击|点击这里|here|click here|more|link)$/i.test(nameOf(one))) found.push(`called ${nameOf(one)}`);
    }
    const twice = (kind, list, meaning) => {
      const meanings = new Map();
      for (const one of list) {
        const legend = words(one.closest("fieldset")?.querySelector("legend")?.textContent);
        const name = [nameOf(one), texts(one.getAttribute("aria-describedby")), /^(INPUT|SELECT|TEXTAREA)$/.test(one.tagName) ? legend : ""].join("|");
        meanings.set(name, (meanings.get(name) || new Set()).add(meaning(one)));
      }
      for (const [name, several] of meanings) if (several.size > 1) found.push(`${several.size} ${kind} are called ${name}`);
    };
    const within = (list) => list.filter((one) => one.closest("main") && !one.closest("[aria-hidden=true]"));
    const sent = (button) => button.form && button.type === "submit"
      ? [button.form.action, button.name, button.value, ...all("input[type=hidden]:not([name=token])", button.form).map((one) => one.value)].join(" ")
      : button;
    twice("links", within(pressed).filter((one) => one.tagName === "A"), (link) => link.href);
    twice("buttons", within(pressed).filter((one) => one.tagName === "BUTTON"), sent);
    twice("closed parts", within(pressed).filter((one) => one.tagName === "SUMMARY"), (one) => one);
    twice("fields", within(typed), (one) => one);
    for (const one of all("[disabled], [aria-disabled=true]").filter(shown)) {
      if (!texts(one.getAttribute("aria-describedby"))) found.push(`disabled without why: ${told(one)}`);
    }
    for (const one of all("[aria-invalid=true]")) {
      if (!(one.getAttribute("aria-describedby") || "").split(" ").some((id) => document.getElementById(id)?.matches("[role=alert]"))) found.push(`wrong, and does not say how: ${told(one)}`);
    }
    for (const one of all("[aria-describedby], [aria-labelledby], [aria-controls]")) {
      for (const rel of ["aria-describedby", "aria-labelledby", "aria-controls"]) {
        for (const id of (one.getAttribute(rel) || "").split(" ").filter(Boolean)) if (!document.getElementById(id)) found.push(`${rel} of nothing: ${told(one)}`);
      }
    }

    let led = false;
    for (const one of all("main :is(h1, h2, h3, h4, caption, summary, table)")) {
      if (one.tagName !== "TABLE") {
        led ||= one.tagName !== "CAPTION" && (one.tagName !== "SUMMARY" || !one.closest("table"));
        continue;
      }
      const own = one.caption || one.getAttribute("aria-label") || one.getAttribute("aria-labelledby") || one.closest("dd");
      if (!own && !led && shown(one)) found.push(`a table without a name: ${words(one.textContent).slice(0, 40)}`);
      if (!one.closest("dd")) led = false;
    }
    for (const head of all("main th")) {
      if (!head.scope) found.push(`a head of no scope: ${words(head.textContent)}`);
      if (!words(head.textContent) && !head.querySelector("[aria-label]")) found.push(`an empty head: ${told(head)}`);
    }
    for (const badge of all(".badge").filter(shown)) if (!words(badge.textContent)) found.push("a state in colour alone");
    for (const svg of all("svg:not([aria-hidden=true])")) {
      const picture = svg.closest("[role=img]");
      if (!picture?.getAttribute("aria-label")) found.push("a picture without words");
    }

    for (const one of all("[tabindex]")) {
      if (one.tabIndex > 0) found.push(`tabindex ${one.tabIndex}: ${told(one)}`);
      if (one.tabIndex === 0 && !one.matches("a, button, summary, input, select, textarea") && !(one.getAttribute("role") && nameOf(one) && (one.getAttribute("aria-label") || one.getAttribute("aria-labelledby")))) found.push(`reached without being said: ${told(one)}`);
    }
    const real = "a[href], button, summary, input, select, textarea, label, option, iframe";
    for (const one of window.clickedHere || []) if (one.isConnected && !one.matches(real)) found.push(`clicked, and no button: ${told(one)}`);
    for (const one of all("main *, header *, nav *")) {
      const style = getComputedStyle(one);
      if (style.cursor === "pointer" && !one.closest(real)) found.push(`looks like a button: ${told(one)}`);
      if (style.order !== "0" || /reverse/.test(style.flexDirection) || style.float !== "none") found.push(`read in another order: ${told(one)}`);
      if (style.animationName !== "none") found.push(`moves: ${told(one)}`);
    }
    for (const box of all(".wide").filter(shown)) {
      const edge = box.getBoundingClientRect().right + 1;
      for (const one of all("button, .button", box)) if (one.getBoundingClientRect().right > edge) found.push(`out of sight: ${nameOf(one)}`);
    }
    return [...new Set(found)];
  },

  // Whether the focus is seen wherever it goes: an outline of two pixels that stands out from its ground (WCAG 1.4.11).
  focused() {
    const found = [];
    const parsed = (colour) => (colour.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
    const ground = (one) => {
      for (let at = one; at; at = at.parentElement) {
        const colour = parsed(getComputedStyle(at).backgroundColor);
        if (colour.length < 4 || colour[3] > 0.5) return colour;
      }
      return [255, 255, 255];
    };
    const light = (colour) => {
      const [r, g, b] = colour.slice(0, 3).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const before = document.activeElement;
    const met = new Set();
    for (const one of document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea, [tabindex='0']")) {
      if (one.disabled || one.tabIndex < 0 || !one.checkVisibility({ visibilityProperty: true })) continue;
      const kind = [one.tagName, one.type, one.className, one.parentElement.className, ground(one.parentElement)].join();
      if (met.has(kind)) continue;
      met.add(kind);
      one.focus({ preventScroll: true, focusVisible: true });
      const style = getComputedStyle(one);
      const [own, under] = [light(parsed(style.outlineColor)), light(ground(one.parentElement))];
      const contrast = Math.max(own, under) / Math.min(own, under);
      const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && contrast >= 3;
      const { right, bottom } = one.getBoundingClientRect();
      if (document.activeElement === one && (!seen || right + scrollX < 1 || bottom + scrollY < 1)) found.push(`focus unseen (${contrast.toFixed(1)}): ${one.cloneNode(false).outerHTML.slice(0, 110)}`);
    }
    document.activeElement?.blur();
    if (before !== document.body) before?.focus?.({ preventScroll: true });
    return found;
  },

  // At twice its size, on half the width (WCAG 1.4.10): the page itself does not scroll sideways.
  magnified() {
    const root = document.documentElement;
    const typed = "main :is(select, textarea, input:not([type=hidden], [type=checkbox], [type=radio], [size]))";
    const squeezed = [...document.querySelectorAll(typed)].filter((one) => one.checkVisibility() && one.clientWidth < 48)
      .map((one) => `squeezed at 200 %: ${one.cloneNode(false).outerHTML.slice(0, 90)}`);
    if (root.scrollWidth <= root.clientWidth) return squeezed.slice(0, 4);
    const wide = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1 && !one.closest(".wide, pre, .tree, .numbered"));
    return wide.slice(0, 4).map((one) => `too wide at 200 %: ${one.cloneNode(false).outerHTML.slice(0, 110)}`).concat(wide.length ? [] : ["too wide at 200 %"]);
  },

  // On paper: all of it, nothing to press, and who printed it.
  printed(aside) {
    const found = [];
    const all = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility({ visibilityProperty: true }));
    const told = (one) => `${one.cloneNode(false).outerHTML.slice(0, 90)} ${one.textContent.trim().slice(0, 30)}`;
    const edge = document.documentElement.clientWidth + 1;
    for (const one of all("main *")) {
      const style = getComputedStyle(one);
      if (one.closest("svg, iframe, .unseen")) continue;
      if (one.getBoundingClientRect().right > edge) found.push(`beyond the edge of the paper: ${told(one)}`);
      const cut = style.overflowX !== "visible" && style.display !== "inline" && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
      if (cut) found.push(`cut off on paper: ${told(one)}`);
      if (/sticky|fixed/.test(style.position)) found.push(`hangs on paper: ${told(one)}`);
    }
    const pressed = "nav, header, .tabs, .skip, button, .button, input:not([type=hidden]), select, textarea";
    for (const one of all(pressed)) if (!one.closest(".lines, .tree, .lefts")) found.push(`to be pressed, on paper: ${told(one)}`);
    for (const one of all("main thead")) if (getComputedStyle(one).display !== "table-header-group") found.push("heads that stand once");
    for (const one of all("main details:not([open])")) {
      if (/none|normal/.test(getComputedStyle(one.querySelector("summary"), "::after").content)) found.push(`closed, and not said to be: ${told(one)}`);
    }
    if (aside && !all(".printed").some((one) => one.textContent.includes(location.pathname.split("/")[1]) && /\d\d:\d\d/.test(one.textContent))) found.push("does not say who printed it, when and from where");
    return [...new Set(found)].slice(0, 12);
  },
})
