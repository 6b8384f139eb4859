/**
 * Guided pictures before the browser's camera: front, slightly left, slightly right. The server
 * looks at one frame after the other and says what to do next; the first that is good is the picture,
 * so what is registered is what was looked at. Whoever would rather press a button can, for each pose.
 */
import { post, words } from '../api.js';
import { closeCamera, openCamera, takePicture } from '../camera.js';
import { el, fill } from '../dom.js';
import { icon } from '../icons.js';
import { t, tOr } from '../i18n.js';

const POSES = ['front', 'left', 'right'];
const EACH = 350; // milliseconds between two frames that are looked at
const DWELL = 700; // milliseconds that a hint stays at least, so that it can be read
const PATIENCE = 15_000;
const ARROWS = { turn_left: '←', turn_right: '→' }; // as in a mirror, which is what people see

export class Guide {
  /** `onDone(pictures)` gets the Blobs of all poses taken, at least one, and is waited for. */
  constructor({ onDone }) {
    Object.assign(this, { onDone, taken: new Map(), skipped: new Set(), pose: null, turn: 0, hinted: 0 });
    this.video = el('video', { class: 'mirrored', playsinline: true, 'aria-label': t('register.live') });
    this.video.muted = true;
    this.arrow = el('span', { class: 'arrow', 'aria-hidden': 'true' });
    this.hint = el('span', { id: 'hint' });
    this.steps = el('ol', { class: 'poses', 'aria-label': t('guide.steps') });
    this.shoot = button('face', t('guide.shoot'), 'shoot', () => this.takeNow());
    this.skip = button('forward', t('guide.skip'), 'skip-pose', () => this.skipPose());
    this.finish = button('check', t('guide.finish'), 'finish', () => this.end(), 'primary');
    this.element = el('div', { class: 'guided', hidden: true }, this.steps,
      el('p', { class: 'live-hint', role: 'status', 'aria-live': 'polite' }, this.arrow, this.hint),
      el('div', { class: 'finder' }, this.video, el('div', { class: 'guide', 'aria-hidden': 'true' })),
      el('div', { class: 'actions' }, this.shoot, this.skip, this.finish));
  }

  get running() {
    return this.pose !== null;
  }

  /** Opens the camera and begins with the first pose; raises what getUserMedia raises. */
  async open() {
    this.taken.clear();
    this.skipped.clear();
    this.finish.hidden = true;
    this.element.hidden = false;
    try {
      await openCamera(this.video);
    } catch (problem) {
      this.close();
      throw problem;
    }
    if (this.element.hidden) {
      closeCamera(this.video); // another person was opened meanwhile
      return;
    }
    this.next();
    this.shoot.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: 'start' });
    this.watch();
  }

  /** Ends the camera; what was taken and not registered is gone. */
  close() {
    this.pose = null;
    this.turn += 1;
    closeCamera(this.video);
    this.element.hidden = true;
  }

  /** On to the first pose that is still to be taken, or to the end. */
  next() {
    this.pose = POSES.find((pose) => !this.taken.has(pose) && !this.skipped.has(pose)) ?? null;
    this.finish.hidden = this.taken.size === 0;
    fill(this.steps, POSES.map((pose) => this.step(pose)));
    if (this.pose === null) this.end();
    else this.say(t(`pose.${this.pose}.do`), '', true);
  }

  step(pose) {
    const state = this.taken.has(pose) ? 'taken' : pose === this.pose ? 'now' : '';
    return el('li', { class: state, 'aria-current': state === 'now' && 'step' },
      icon(state === 'taken' ? 'check' : 'face'), t(`pose.${pose}`),
      state && el('span', { class: 'visually-hidden' }, t(`pose.${state}`)));
  }

  async watch() {
    const turn = ++this.turn;
    while (this.running && turn === this.turn) {
      const began = performance.now();
      try {
        const picture = await takePicture(this.video);
        if (picture) await this.look(picture, turn);
      } catch (problem) {
        if (problem.status !== 503) {
          this.say(t('guide.trouble', { what: words(problem) }), '', true);
          return;
        }
        await pause(1_000 * (problem.retryAfter || 1));
      }
      await pause(Math.max(30, EACH - (performance.now() - began)));
    }
  }

  async look(picture, turn) {
    const { pose } = this;
    const { data } = await post(`/faces/check?pose=${pose}`, picture, { patience: PATIENCE, headers: { 'Content-Type': 'image/jpeg' } });
    if (turn !== this.turn || pose !== this.pose) return;
    if (data.ok) this.keep(picture);
    else this.say(tOr('hint', data.hint, data.text), ARROWS[data.hint] ?? '');
  }

  /** Shows what to do; a hint that has just come stays for a moment. */
  say(text, arrow = '', atOnce = false) {
    const now = performance.now();
    if (text === this.hint.textContent || (!atOnce && now - this.hinted < DWELL)) return;
    this.hinted = now;
    this.hint.textContent = text;
    this.arrow.textContent = arrow;
  }

  async takeNow() {
    const { pose } = this;
    const picture = await takePicture(this.video);
    if (picture && pose !== null && pose === this.pose) this.keep(picture);
  }

  skipPose() {
    if (this.pose === null) return;
    this.skipped.add(this.pose);
    this.next();
  }

  keep(picture) {
    this.taken.set(this.pose, picture);
    this.next();
  }

  async end() {
    const pictures = [...this.taken.values()];
    this.taken.clear(); // so that a second press sends nothing twice
    this.close();
    await this.onDone(pictures);
  }
}

function button(sign, text, id, work, kind = '') {
  return el('button', { type: 'button', id, class: kind, on: { click: work } }, icon(sign), text);
}

function pause(length) {
  return new Promise((resolve) => setTimeout(resolve, length));
}
