"use strict";
// Copy buttons, and the keys for the API reference in this tab.

for (const id of ["app-id", "app-token", "curl"]) {
  const code = document.getElementById(id);
  const words = id === "curl" ? "Copy the call" : `Copy ${id === "app-id" ? "the id" : "the token"}`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button plain small";
  button.textContent = words;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected: copy it by hand";
    }
    setTimeout(() => (button.textContent = words), 2000);
  });
  if (id === "curl") code.parentElement.after(button);
  else code.after(button);
}

try {
  for (const id of ["app-id", "app-token"])
    sessionStorage.setItem(id, document.getElementById(id).textContent);
  document.getElementById("kept").textContent =
    "The reference in this tab already knows your keys, until the tab is closed.";
} catch {
  // Storage is switched off: the reference asks for the keys.
}
