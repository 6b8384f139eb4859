/** The site's clock: the server's time in the server's zone, whatever this device believes. */
import { locale } from '../i18n.js';

export class Clock {
  constructor(face, date) {
    this.face = face;
    this.date = date;
    this.ahead = 0;
    this.zone = undefined;
  }

  start() {
    this.show();
    setInterval(() => this.show(), 500);
  }

  /** Corrects this device's clock from the Date header of an answer, to the second. */
  hear(serverDate) {
    const told = Date.parse(serverDate ?? '');
    if (Number.isNaN(told)) return;
    const ahead = told - Date.now();
    // The header has whole seconds and was under way a while: less than two seconds is no news.
    this.ahead = Math.abs(ahead) < 2_000 ? 0 : ahead;
  }

  setZone(zone) {
    try {
      new Intl.DateTimeFormat(locale, { timeZone: zone });
      this.zone = zone;
    } catch {
      this.zone = undefined; // a zone this browser does not know: its own is the best we have
    }
  }

  /** The instant now, corrected. */
  now() {
    return new Date(Date.now() + this.ahead);
  }

  /** The hour of the day at the site, 0 to 23. */
  hour() {
    return Number(new Intl.DateTimeFormat('en-GB', { timeZone: this.zone, hour: 'numeric', hourCycle: 'h23' }).format(this.now()));
  }

  show() {
    const now = this.now();
    const text = new Intl.DateTimeFormat(locale, { timeZone: this.zone, hour: '2-digit', minute: '2-digit' }).format(now);
    if (this.face.textContent !== text) {
      this.face.textContent = text;
      this.face.dateTime = now.toISOString();
      this.date.textContent = new Intl.DateTimeFormat(locale, { timeZone: this.zone, weekday: 'long', day: 'numeric', month: 'long' }).format(now);
    }
  }
}
