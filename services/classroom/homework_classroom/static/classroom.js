// Keeps what is typed on this device and with the teacher's service, and offers letters with accents.
// Without it the pages work too: their buttons save and send.
"use strict";

const LETTERS = ["à", "è", "é", "ì", "ò", "ù", "È", "’"];
const PAUSE = 800, RETRY = 5000, PATIENCE = 15000;

// A browser may forbid its storage. Then the service alone keeps what is typed.
const device = {
  read(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  write(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* the service keeps it */ } },
  remove(key) { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
  clear() { try { localStorage.clear(); } catch { /* nothing was kept */ } },
};

class Answers {
  constructor(form) {
    this.form = form;
    this.key = form.dataset.key;
    this.state = document.getElementById("state");
    this.changes = 0;
    this.timer = 0;
    this.sending = false;
    const kept = device.read(this.key);
    if (kept) { this.fill(kept); this.save(); }
    form.addEventListener("input", () => this.note());
    form.addEventListener("keydown", (event) => this.next(event));
    addEventListener("online", () => this.save());
    // Another tab of the same homework: each save holds all answers, so both have to know them.
    addEventListener("storage", (event) => {
      if (event.key === this.key && event.newValue) this.fill(JSON.parse(event.newValue));
    });
  }

  typed() {
    const fields = [...new FormData(this.form)].filter(([name]) => name.startsWith("answer-"));
    return Object.fromEntries(fields);
  }

  fill(kept) {
    for (const field of this.form.elements) {
      if (!(field.name in kept) || field === document.activeElement) continue;
      if (field.type === "radio") field.checked = field.value === kept[field.name];
      else field.value = kept[field.name];
    }
  }

  note() {
    this.changes += 1;
    device.write(this.key, this.typed());
    this.later(PAUSE);
  }

  later(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), pause);
  }

  async save() {
    if (this.sending) { this.later(PAUSE); return; }
    const changes = this.changes;
    this.sending = true;
    this.say(this.form.dataset.saving);
    try {
      const answer = await fetch(this.form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(this.form)),
        headers: { "X-Autosave": "1" },
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.ok) this.saved(changes);
      else if (answer.status >= 500 || answer.status === 429) this.retry();
      else this.say(await answer.text());
    } catch {
      this.retry();
    } finally {
      this.sending = false;
    }
  }

  saved(changes) {
    if (changes !== this.changes) return; // something was typed meanwhile, and a save for it is on its way
    device.remove(this.key);
    this.say(this.form.dataset.saved);
  }

  retry() {
    this.say(this.form.dataset.offline);
    this.later(RETRY);
  }

  say(text) {
    if (this.state.textContent !== text) this.state.textContent = text;
  }

  next(event) {
    if (event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT") return;
    event.preventDefault(); // else the key would press the first button of the form
    const fields = [...this.form.elements].filter((field) => field.name.startsWith("answer-"));
    fields[fields.indexOf(event.target) + 1]?.focus();
  }
}

class AccentsBar {
  constructor(form) {
    this.bar = document.createElement("div");
    this.bar.className = "accents";
    this.bar.setAttribute("role", "group");
    this.bar.setAttribute("aria-label", form.dataset.accents);
    for (const letter of LETTERS) {
      const button = document.createElement("button");
      button.type = "button";
      button.lang = "it";
      button.textContent = letter;
      button.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
      button.addEventListener("click", () => this.insert(letter));
      this.bar.append(button);
    }
    form.addEventListener("focusin", (event) => {
      if (event.target.matches("input:not([type]), textarea")) this.follow(event.target);
    });
  }

  follow(field) {
    this.field = field;
    if (field.nextElementSibling !== this.bar) field.after(this.bar);
  }

  insert(letter) {
    this.field.setRangeText(letter, this.field.selectionStart, this.field.selectionEnd, "end");
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.field.focus();
  }
}

const main = document.getElementById("main");
const form = document.getElementById("answers");
if (main.dataset.kept) device.remove(main.dataset.kept); // the service has it
if ("forget" in main.dataset) device.clear(); // the next one at this device reads nothing of it
if (form) { new Answers(form); new AccentsBar(form); }
