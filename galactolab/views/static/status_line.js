// The foot of a panel made of ipywidgets: what happened, what failed, whether something
// runs, and whether the kernel is still there. It lives in the panel it speaks for.

function render({ model, el }) {
  const make = (tag, attributes) => Object.assign(document.createElement(tag), attributes);
  const root = make("div", { className: "gl-status" });
  // A live region is only read out when it was on the page before its text changed.
  const live = make("div", { className: "gl-live" });
  live.setAttribute("role", "status");
  live.setAttribute("aria-live", "polite");
  const bar = make("div", { className: "gl-working", hidden: true });
  const problem = make("div", { className: "gl-problem", hidden: true });
  problem.setAttribute("role", "alert");
  const note = make("div", { className: "gl-dead-note", hidden: true });
  note.setAttribute("role", "alert");
  const stale = make("div", { className: "gl-stale-note", hidden: true, textContent: "Changed: what is shown belongs to earlier settings." });
  root.append(bar, stale, live, problem, note);
  el.append(root);

  const panel = () => el.closest(".gl-panel");
  const handlers = {
    "change:text": () => { live.textContent = model.get("text"); },
    "change:shown": () => { live.classList.toggle("gl-heard", !model.get("shown")); },
    "change:running": () => {
      bar.hidden = !model.get("running");
      bar.textContent = model.get("running");
    },
    "change:stale": () => {
      stale.hidden = !model.get("stale");
      panel()?.classList.toggle("gl-stale", model.get("stale"));
    },
    // A plotly chart takes its width from the page only when the window tells of a change.
    "change:nudges": () => {
      for (const wait of [300, 1200, 3000, 6000]) setTimeout(() => window.dispatchEvent(new Event("resize")), wait);
    },
    "change:problem": () => {
      const { sentence, trace } = model.get("problem");
      problem.hidden = !sentence;
      problem.replaceChildren();
      if (!sentence) return;
      problem.append(make("p", { textContent: sentence }));
      if (!trace) return;
      const fold = document.createElement("details");
      fold.append(make("summary", { textContent: "Details for a report" }), make("pre", { textContent: trace }));
      problem.append(fold);
    },
  };
  for (const [name, handler] of Object.entries(handlers)) { model.on(name, handler); handler(); }

  // Sliders of ipywidgets have no accessible name: they take that of their number box. And
  // JupyterLab's shortcuts ("d d" deletes a cell, arrows leave it) must not act from a control.
  const nameHandles = () => {
    const controls = "button, summary, select, input, .noUi-handle, [role=tab]";
    for (const control of panel()?.querySelectorAll(controls) ?? []) {
      control.setAttribute("data-lm-suppress-shortcuts", "true");
    }
    // Radio buttons of ipywidgets are strangers to each other: a common name makes them a group,
    // with one stop for Tab and arrow keys inside.
    for (const box of panel()?.querySelectorAll(".widget-radio-box") ?? []) {
      box.id ||= `gl-group-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
      box.setAttribute("role", "radiogroup");
      for (const button of box.querySelectorAll("input")) button.name ||= box.id;
    }
    for (const row of panel()?.querySelectorAll(".gl-slider") ?? []) {
      const labels = [...row.querySelectorAll(".gl-number .widget-label")].map((l) => l.textContent);
      row.querySelectorAll(".noUi-handle").forEach((handle, i) => {
        handle.setAttribute("aria-label", labels[Math.min(i, labels.length - 1)] ?? "value");
      });
    }
  };
  const naming = setInterval(nameHandles, 1000);
  setTimeout(nameHandles, 50);

  const stop = startHeartbeat(model, el, (dead) => {
    note.hidden = !dead;
    note.textContent = dead ? RESTARTED : "";
    const all = panel();
    if (!all) return;
    for (const child of all.children) {
      if (child.contains(el)) continue;
      child.classList.toggle("gl-dead-part", dead);
      child.inert = dead;
    }
  });
  return () => {
    stop();
    clearInterval(naming);
    for (const [name, handler] of Object.entries(handlers)) model.off(name, handler);
  };
}

export default { render };
