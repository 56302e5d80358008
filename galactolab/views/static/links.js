// What the views of one page know of each other. Each widget has its script to itself, so
// they meet in one place of the page: pictures by key, and groups of views that move together.

const MEETING = (globalThis[Symbol.for("galactolab.views")] ??= { pictures: new Map(), waiting: new Map(), groups: new Map() });

// Calls back with the pixels and overlays of another view, now or when they arrive.
function whenThere(key, callback) {
  const there = MEETING.pictures.get(key);
  if (there) { callback(there); return; }
  MEETING.waiting.set(key, [...(MEETING.waiting.get(key) ?? []), callback]);
}

function nowThere(key, shared) {
  MEETING.pictures.set(key, shared);
  const waiting = MEETING.waiting.get(key) ?? [];
  MEETING.waiting.delete(key);
  for (const callback of waiting) callback(shared);
}

// Members of a group tell each other window, camera and cursor. What one view follows it
// does not tell again, so nothing runs in circles.
class Membership {
  constructor(member) { this.member = member; this.name = ""; }

  join(name) {
    if (name === this.name) return;
    this.leave();
    this.name = name;
    if (!name) return;
    if (!MEETING.groups.has(name)) MEETING.groups.set(name, new Set());
    MEETING.groups.get(name).add(this.member);
  }

  leave() {
    const group = MEETING.groups.get(this.name);
    group?.delete(this.member);
    if (group?.size === 0) MEETING.groups.delete(this.name);
    this.name = "";
  }

  tell(kind, what) {
    if (!this.name || this.following) return;
    for (const other of MEETING.groups.get(this.name) ?? []) {
      if (other !== this.member) other.membership.hear(kind, what);
    }
  }

  hear(kind, what) {
    this.following = true;
    try { this.member.follow(kind, what); } finally { this.following = false; }
  }
}

// Pictures of unlike kinds (attenuation and gray values) share no numbers: their windows
// are linked by how they lie in the automatic window of each.
function windowFor({ window: { center, width }, unit, auto: [c, w] }, ownUnit, [c2, w2]) {
  if (unit === ownUnit) return { center, width };
  return { center: c2 + (center - c) / w * w2, width: width / w * w2 };
}
