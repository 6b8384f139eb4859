/**
 * The big words at the door. One message at a time, each long enough to be read; a greeting goes
 * before a refusal, and a lost connection before everything, for then nothing is recorded.
 */
import { el, fill } from '../dom.js';
import { clockTime, duration } from '../format.js';
import { icon } from '../icons.js';
import { t, tOr } from '../i18n.js';
import { moveMessage } from './moves.js';

const GREETING_STAYS = 6_000;
const REFUSAL_STAYS = 4_500;
const AT_LEAST = 2_200;
const WAITING_MOST = 4;
const SAME_REFUSAL_AGAIN = 8_000;
const SAME_GREETING_AGAIN = 4_000;

function partOfDay(hour) {
  if (hour >= 4 && hour < 12) return 'morning';
  if (hour >= 12 && hour < 18) return 'afternoon';
  return hour >= 18 && hour < 23 ? 'evening' : 'night';
}

export class Greeter {
  constructor(panel, place, clock) {
    Object.assign(this, { panel, place, clock, waiting: [], asked: null, shown: null, since: 0, timer: 0, lost: null, refusals: new Map(), greeted: new Map() });
    this.idle();
  }

  /** An event of this door. */
  take(kind, payload) {
    if (kind === 'attendance' && this.twice(payload)) return;
    const message = kind === 'attendance' ? this.greeting(payload) : this.refusal(kind, payload);
    if (!message) return;
    if (message.mood === 'refused') {
      if ((this.shown && this.shown.mood !== 'asked') || this.repeated(message)) return;
      this.waiting = [message];
    } else {
      this.waiting = this.waiting.filter((other) => other.mood !== 'refused').slice(-WAITING_MOST + 1);
      this.waiting.push(message);
    }
    this.next();
  }

  /** The move somebody is asked for (`{move, done, of}`), or null when no challenge goes on. */
  ask(request) {
    const before = this.asked;
    this.asked = request ?? null;
    if (this.lost || (!before && !this.asked)) return;
    const same = before && this.asked && before.move === this.asked.move && before.done === this.asked.done;
    if (same && this.shown?.mood === 'asked') return;
    if (!this.asked && this.shown?.mood === 'asked') this.shown = null;
    this.next();
  }

  /** What is lost (`{sign, title, text}`), or null when all is well again. */
  setLost(lost) {
    if (lost?.title === this.lost?.title && lost?.text === this.lost?.text) return;
    this.lost = lost;
    clearTimeout(this.timer);
    this.shown = null;
    if (lost) this.tellLost();
    else this.next();
  }

  tellLost() {
    const { sign, title, text } = this.lost;
    this.show({ mood: 'lost', sign, title, text, quiet: t('kiosk.lost.retry') });
  }

  /** What the pad brought: told even where the camera is lost, for it was recorded all the same. */
  answer(payload) {
    this.twice(payload);
    clearTimeout(this.timer);
    this.show(this.greeting(payload));
    this.timer = setTimeout(() => (this.lost ? this.tellLost() : this.next()), this.shown.stays);
  }

  repeated(message) {
    const last = this.refusals.get(message.text) ?? -Infinity;
    const now = performance.now();
    if (now - last < SAME_REFUSAL_AGAIN) return true;
    this.refusals.set(message.text, now);
    return false;
  }

  /** What the pad at this door brought comes as an event as well. */
  twice({ action, person_name: name }) {
    const key = `${action} ${name}`;
    const now = performance.now();
    const last = this.greeted.get(key) ?? -Infinity;
    this.greeted.set(key, now);
    return now - last < SAME_GREETING_AGAIN;
  }

  greeting({ action, person_name: name, at, duration_minutes: minutes, reason }) {
    const time = clockTime(at);
    const hello = t(`kiosk.${partOfDay(this.clock.hour())}`, { name });
    if (action === 'check_in') return { mood: 'in', sign: 'check', title: hello, text: t('kiosk.checked_in', { time }), stays: GREETING_STAYS };
    if (action === 'check_out') {
      const length = minutes ? t('kiosk.worked', { duration: duration(minutes) }) : '';
      return { mood: 'out', sign: 'out', title: t('kiosk.goodbye', { name }), text: t('kiosk.checked_out', { time }), quiet: length, stays: GREETING_STAYS };
    }
    if (action === 'duplicate') {
      return { mood: 'again', sign: 'check', title: t('kiosk.again', { name }), text: t('kiosk.already'), stays: REFUSAL_STAYS };
    }
    const recorded = name ? t('kiosk.to_check', { name }) : t('kiosk.to_check.nobody');
    const title = action === 'refused' ? t('kiosk.not_recorded') : recorded;
    return { mood: 'refused', sign: 'question', title, text: tOr('kiosk.why', reason, t('kiosk.why.hr')), stays: REFUSAL_STAYS };
  }

  refusal(kind, { decision, reason }) {
    if (kind !== 'sighting' || decision === 'accepted') return null;
    const title = decision === 'uncertain' || reason !== 'nobody_near_enough' ? t('kiosk.not_sure') : t('kiosk.not_known');
    return { mood: 'refused', sign: 'question', title, text: tOr('kiosk.why', reason, t('kiosk.why.other')), quiet: t('kiosk.ask_hr'), stays: REFUSAL_STAYS };
  }

  next() {
    if (this.lost) return;
    const age = performance.now() - this.since;
    clearTimeout(this.timer);
    // Whoever is asked for a move has seconds for it: that goes before all but a new greeting.
    if (this.asked && !this.waiting.length && (this.shown === null || this.shown.mood === 'asked' || age >= AT_LEAST)) {
      this.show(moveMessage(this.asked));
      return;
    }
    if (this.shown?.mood === 'asked') this.shown = null;
    if (this.shown && this.waiting.length && this.shown.mood !== 'refused' && age < AT_LEAST) {
      this.timer = setTimeout(() => this.next(), AT_LEAST - age);
    } else if (this.waiting.length) {
      this.show(this.waiting.shift());
      this.timer = setTimeout(() => this.next(), this.waiting.length ? AT_LEAST : this.shown.stays);
    } else if (this.shown && age < this.shown.stays) {
      this.timer = setTimeout(() => this.next(), this.shown.stays - age);
    } else {
      this.shown = null;
      this.idle();
    }
  }

  idle() {
    this.show({ mood: 'idle', sign: 'face', title: t('kiosk.look'), text: '', quiet: t('kiosk.look.more') });
    this.shown = null;
  }

  show(message) {
    this.shown = message;
    this.since = performance.now();
    this.panel.dataset.mood = message.mood;
    fill(this.place, icon(message.sign), el('h2', {}, message.title), message.text && el('p', {}, message.text), message.quiet && el('p', { class: 'quiet' }, message.quiet));
    this.place.classList.remove('show');
    void this.place.offsetWidth; // starts the animation anew
    this.place.classList.add('show');
  }
}
