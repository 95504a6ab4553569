// One box that ticks all of a name, or none; without this they are ticked one by one.
for (const all of document.querySelectorAll("input[data-all]")) {
  const boxes = document.querySelectorAll(`input[name="${all.dataset.all}"]`);
  all.addEventListener("change", () => boxes.forEach((box) => (box.checked = all.checked)));
}
