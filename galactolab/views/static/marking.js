// Marks that a student sets: placed, named, removed, by mouse or by key.

class Marking extends Measuring {
  pullMarks() {
    // Marks that the kernel takes away take the words about them along.
    if (!this.model.get("marks").length && this.viewer.marks.length) this.say("");
    this.viewer.marks = this.model.get("marks").map((mark, i) => ({ ...mark, label: mark.label ?? String.fromCharCode(65 + i % 26) }));
    this.viewer.chosen.marks = null;
    this.ui.tools.mark.hidden = !this.model.get("marking");
    this.viewer.redraw("overlay");
    this.refill();
  }

  mark([row, column]) {
    const marks = this.model.get("marks"), kinds = this.model.get("mark_kinds");
    const most = this.model.get("most_marks");
    if (marks.length >= most) { this.say(`There are ${most} marks, the most that can be set: remove one first.`); return; }
    const mark = { row: Math.round(row * 10) / 10, column: Math.round(column * 10) / 10 };
    if (kinds.length) mark.kind = this.lastKind ?? kinds[0];
    this.push({ marks: [...marks, mark] });
    this.flush();
    this.say(`Mark ${String.fromCharCode(65 + marks.length % 26)} set at row ${Math.round(row)}, column ${Math.round(column)}.`);
  }

  markHere() { if (this.model.get("marking") && this.viewer.crosshair) this.mark(this.viewer.crosshair); else this.tool("mark"); }

  // Other tools put their own facts (a verdict, a text) on a mark: these go when it is renamed.
  nameMark(index, kind) {
    this.lastKind = kind;
    this.push({ marks: this.model.get("marks").map((m, i) => (i === index ? { row: m.row, column: m.column, kind } : m)) });
    this.flush();
  }

  removeMark(index) {
    const marks = this.model.get("marks");
    if (!marks.length) return;
    this.push({ marks: marks.filter((_, i) => i !== (index ?? marks.length - 1)) });
    this.flush();
    this.say("Mark removed.");
  }

  markGroup() {
    const kinds = this.model.get("mark_kinds"), where = (m) => `row ${Math.round(m.row)}, column ${Math.round(m.column)}`;
    const entries = this.viewer.marks.map((m) => ({ ...m, kinds, text: m.text ?? where(m) }));
    return { kind: "marks", title: "Your marks", markers: entries, empty: "No mark yet: choose the tool Mark, then click." };
  }
}
