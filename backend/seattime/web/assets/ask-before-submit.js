/**
 * Asks once more before a form that takes something away is sent.
 *
 * @param {ParentNode} root
 */
export function askBeforeSubmit(root) {
  for (const form of root.querySelectorAll("form[data-ask]")) {
    form.addEventListener("submit", (event) => {
      if (!window.confirm(form.getAttribute("data-ask") ?? "")) event.preventDefault();
    });
  }
}
