// Whether the record on this page is unchanged, found out in this browser: RFC 9162 §2.1, C2SP signed notes.
const octets = (text) => new TextEncoder().encode(text);
const unbase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const equal = (one, other) => one.length === other.length && one.every((octet, place) => octet === other[place]);
const sha256 = async (...parts) => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((place, part) => (whole.set(part, place), place + part.length), 0);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
};
const leafOf = (entry) => sha256([0], entry);
const nodeOf = (left, right) => sha256([1], left, right);

// RFC 9162 §2.1.3.2; null where the path does not fit the place.
async function rootOf(leaf, index, size, path) {
  if (!(index >= 0 && index < size)) return null;
  let [place, last, found] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return null;
    if (place % 2 || place === last) {
      found = await nodeOf(sibling, found);
      while (place && place % 2 === 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else {
      found = await nodeOf(found, sibling);
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 ? found : null;
}

function read(note) {
  const cut = note.lastIndexOf("\n\n");
  const signed = note.slice(0, cut + 1);
  const [origin, size, root, ...rest] = signed.split("\n");
  if (cut < 0 || rest.length !== 1 || !/^\d{1,16}$/.test(size)) throw new Error("no checkpoint");
  return { signed, origin, size: Number(size), root: unbase64(root), signatures: note.slice(cut + 2).split("\n") };
}

async function keyOf(vkey) {
  const [name, id, ...rest] = vkey.trim().split("+");
  const typed = unbase64(rest.join("+"));
  const due = (await sha256(octets(`${name}\n`), typed)).slice(0, 4);
  const stated = [...due].map((octet) => octet.toString(16).padStart(2, "0")).join("");
  if (typed[0] !== 1 || typed.length !== 33 || stated !== id) throw new Error("no key");
  return { name, id: due, raw: typed.slice(1) };
}

// True or false; null where this browser knows no Ed25519.
async function isSigned(head, key) {
  const own = head.signatures.filter((line) => line.startsWith(`— ${key.name} `));
  const found = own.map((line) => unbase64(line.split(" ")[2])).filter((one) => equal(one.slice(0, 4), key.id));
  if (found.length !== 1 || head.origin !== key.name) return false;
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key.raw, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return null;
  }
  return crypto.subtle.verify({ name: "Ed25519" }, imported, found[0].slice(4), octets(head.signed));
}

async function ask(form, note) {
  const token = form.querySelector("[name=token]").value;
  const body = new URLSearchParams({ token, note });
  return (await (await fetch(form.dataset.signature, { method: "POST", body })).json()).sound === true;
}

// What is hashed is what stands on the page, so that nobody is shown one record and has another one checked.
async function verify(form) {
  const shown = document.getElementById("octets");
  const proof = await (await fetch(form.dataset.proof)).json();
  const leaf = shown ? await leafOf(octets(shown.textContent)) : unbase64(proof.leaf);
  const [head, key] = [read(proof.note), await keyOf(form.dataset.vkey)];
  const root = await rootOf(leaf, Number(form.dataset.index), head.size, proof.path.map(unbase64));
  const whole = equal(leaf, unbase64(proof.leaf)) && root !== null && equal(root, head.root);
  const signed = await isSigned(head, key);
  const sound = whole && (signed ?? (await ask(form, proof.note)));
  return sound ? (signed === null ? "good-helped" : "good") : "bad";
}

const form = document.getElementById("verify");
// Where the browser has none of it (an address without TLS), the form goes to the server as it is.
if (form && globalThis.crypto?.subtle) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = (name) => document.querySelectorAll("[data-verdict]").forEach((box) => (box.hidden = box.dataset.verdict !== name));
    try {
      said(await verify(form));
    } catch {
      said("bad");
    }
  });
}
