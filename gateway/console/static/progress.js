// How far a verification is, asked once a second; every tenth part is said aloud. When it has ended, the page is fetched anew.
const bar = document.querySelector("progress[data-progress]");
const aloud = document.getElementById("aloud");
async function look() {
  const found = await (await fetch(bar.dataset.progress)).json();
  if (found.state !== "running") return location.replace("/console/integrity?done=verification-ended");
  [bar.max, bar.value] = [Math.max(found.due, 1), found.done];
  document.getElementById("walked").textContent = `${found.done} / ${found.due}`;
  const said = `${Math.floor(bar.position * 10) * 10} %`;
  if (aloud.textContent !== said) aloud.textContent = said;
  setTimeout(() => look().catch(() => {}), 1000);
}
if (bar) look().catch(() => {});
