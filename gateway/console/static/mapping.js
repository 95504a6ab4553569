// Mapping: a name of the reply and the field it feeds, chosen in either order; results follow every change. Who
// comes by Tab only passes over the fields: there Enter says that this is the one.
const form = document.getElementById("mapping");
let wanted = null;

const tickAll = document.getElementById("tick-all");
if (tickAll) {
  tickAll.hidden = false;
  tickAll.addEventListener("click", () => {
    for (const box of form.querySelectorAll(".lefts input")) box.checked = true;
    form.dispatchEvent(new Event("change"));
  });
}

function box(tone, words, list) {
  const made = document.createElement("div");
  made.className = `box ${tone}`;
  const first = document.createElement("p");
  first.textContent = words;
  made.append(first);
  if (list) {
    const items = document.createElement("ul");
    for (const each of list) {
      const item = document.createElement("li");
      item.textContent = each;
      items.append(item);
    }
    made.append(items);
  }
  return made;
}

// What came of the change is said aloud, and nothing else of the many results.
function aloud(changed, found) {
  const tried = changed?.name?.startsWith("at:") && found.fields[changed.name.slice(3)];
  const words = tried ? tried.error || tried.value : "";
  const called = changed?.labels?.[0]?.textContent ?? "";
  const whole = found.good ? document.getElementById("result").dataset.good : "";
  document.getElementById("aloud").textContent = [words && `${called}: ${words}`, whole].filter(Boolean).join(" ");
}

function shown(found) {
  for (const cell of form.querySelectorAll(".outcome")) {
    const tried = found.fields[cell.id.slice(2)];
    cell.textContent = tried ? tried.error || tried.value : "";
    cell.classList.toggle("wrong", Boolean(tried && tried.error));
  }
  const result = document.getElementById("result");
  const boxes = [];
  if (found.trouble) boxes.push(box("bad", found.trouble));
  if (found.problems.length) boxes.push(box("wait", result.dataset.more, found.problems));
  if (found.drift.length) boxes.push(box("wait", result.dataset.drift + found.drift.join(", ")));
  if (found.good) boxes.push(box("good", result.dataset.good));
  result.replaceChildren(...boxes);
  // The material below is of what was saved; until that is done it would contradict the cells above.
  for (const made of document.querySelectorAll(".made")) made.hidden = true;
}

let held = null;
function hold(leaf) {
  if (held) held.removeAttribute("aria-pressed");
  held = leaf;
  if (held) held.setAttribute("aria-pressed", "true");
}

function feed(field, leaf) {
  if (![...field.options].some((option) => option.value === leaf.dataset.path)) return false;
  field.value = leaf.dataset.path;
  preview(field);
  return true;
}

let turn = 0;
async function preview(changed) {
  const mine = ++turn;
  const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
  if (!answer.ok || mine !== turn) return;
  const found = await answer.json();
  shown(found);
  aloud(changed, found);
}

if (form) {
  form.addEventListener("change", (event) => preview(event.target));
  document.getElementById("how").hidden = false;
  const isField = (one) => Boolean(one.name && one.name.startsWith("at:"));
  let tabbed = false;
  const leave = () => ([tabbed, wanted] = [true, null]);
  document.addEventListener("keydown", (event) => event.key === "Tab" && leave(), true);
  document.addEventListener("pointerdown", () => (tabbed = false), true);
  form.addEventListener("focusin", (event) => {
    if (!isField(event.target) || tabbed) return;
    wanted = event.target;
    if (held && feed(wanted, held)) hold(null);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !held || !isField(event.target)) return;
    event.preventDefault();
    if (feed(event.target, held)) hold(null);
  });
  for (const leaf of form.querySelectorAll(".leaf")) {
    leaf.addEventListener("click", () => {
      if (wanted && feed(wanted, leaf)) {
        wanted.scrollIntoView({ block: "center" });
        wanted = null;
        return;
      }
      const own = leaf.dataset.feeds && document.getElementById(`at-${leaf.dataset.feeds}`);
      if (own) own.scrollIntoView({ block: "center" });
      hold(held === leaf ? null : leaf);
    });
  }
}
