// A page of something under way looks again by itself and changes what is marked `data-fresh`, so that its reader
// stays where they are and hears only what has changed. Without this there is a link for it.
async function look() {
  const answer = await fetch(location.pathname, { headers: { "landbridge-again": "1" } });
  if (answer.redirected || !answer.ok) return location.reload();
  const now = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-fresh]")) {
    const fresh = now.getElementById(old.id);
    if (fresh && !old.isEqualNode(fresh)) old.replaceChildren(...fresh.childNodes);
  }
  if (now.querySelector("[data-again]")) return wait();
  document.querySelector("[data-again]").remove();
}
const wait = () => setTimeout(() => look().catch(wait), 3000);
wait();
