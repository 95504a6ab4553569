// Mapping: a click on a name of the reply feeds the field that was touched last; results follow every change.
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
}

let turn = 0;
async function preview() {
  const mine = ++turn;
  const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
  if (answer.ok && mine === turn) shown(await answer.json());
}

if (form) {
  form.addEventListener("change", preview);
  form.addEventListener("focusin", (event) => {
    if (event.target.name && event.target.name.startsWith("at:")) wanted = event.target;
  });
  for (const leaf of form.querySelectorAll(".leaf")) {
    leaf.addEventListener("click", () => {
      const own = leaf.dataset.feeds && document.getElementById(`at-${leaf.dataset.feeds}`);
      const field = wanted || own;
      if (!field) return;
      if (field === wanted && [...field.options].some((option) => option.value === leaf.dataset.path)) {
        field.value = leaf.dataset.path;
        preview();
      }
      field.scrollIntoView({ block: "center" });
      field.focus();
    });
  }
}
