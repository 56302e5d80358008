// Does the kernel still know this widget?
//
// After "Restart Kernel" JupyterLab leaves widgets on the page that take input and do
// nothing. Two signs together tell a dead widget from a kernel that is only busy: the
// page's widget manager has marked the connection as lost, and nobody answers a ping.

const PING_EVERY_MS = 1500;
const DEAD_AFTER_MS = 4500;
const RESTARTED = "The kernel has restarted: run this cell again.";

// Calls onChange(true) when the kernel has gone and onChange(false) when it is back.
// Returns a function that stops the pulse.
function startHeartbeat(model, el, onChange) {
  let lastAnswer = performance.now();
  let dead = false, lost = false;
  const answered = (content) => {
    if (content && content.type === "pong") { lastAnswer = performance.now(); lost = false; }
  };
  // The event tells a change without saying which; only an answer proves that all is well.
  const shaken = () => { lost = true; };
  const disconnected = () => lost || el.closest(".jupyter-widgets-disconnected") !== null;
  const beat = () => {
    if (!el.isConnected || document.hidden) { lastAnswer = performance.now(); return; }
    try { model.send({ type: "ping" }); } catch { /* a closed comm throws: no answer follows */ }
    const silent = performance.now() - lastAnswer > DEAD_AFTER_MS;
    const now = silent && disconnected();
    if (now !== dead) { dead = now; onChange(dead); }
  };
  model.on("msg:custom", answered);
  model.on("comm_live_update", shaken);
  const timer = setInterval(beat, PING_EVERY_MS);
  return () => {
    clearInterval(timer);
    model.off("msg:custom", answered);
    model.off("comm_live_update", shaken);
  };
}
