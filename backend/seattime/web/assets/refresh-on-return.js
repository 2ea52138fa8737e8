/**
 * After a form opened the player in another tab, coming back to this one shows the time that was spent there.
 *
 * @param {ParentNode} root
 */
export function refreshOnReturn(root) {
  const ARRIVES_MS = 700; // the last words of the closed tab are on their way
  for (const form of root.querySelectorAll("form[data-refresh-on-return]")) {
    form.addEventListener("submit", () => {
      const onReturn = () => {
        if (document.visibilityState === "visible") setTimeout(() => location.reload(), ARRIVES_MS);
      };
      document.addEventListener("visibilitychange", onReturn);
    });
  }
}
