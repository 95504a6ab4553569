// A problem's line, shown in the text that is being edited; without this the link leads to the line below.
const text = document.getElementById("f-text");

function select(number) {
  const lines = text.value.split("\n");
  const begin = lines.slice(0, number - 1).reduce((sum, line) => sum + line.length + 1, 0);
  text.focus();
  text.setSelectionRange(begin, begin + (lines[number - 1] ?? "").length);
  text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, number - 6);
}

for (const link of text ? document.querySelectorAll("a[data-line]") : []) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    select(Number(link.dataset.line));
  });
}
