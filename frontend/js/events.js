/**
 * The server's live events. EventSource gives up for good on an HTTP error, and a stream that
 * dies silently says nothing, so this one starts itself again, remembering the last event.
 */
const KINDS = ['sighting', 'attendance', 'sync', 'camera'];
const FIRST_WAIT = 500;
const LONGEST_WAIT = 5_000;

export class LiveEvents {
  /** `onEvent(kind, payload)`; `onState(open)` whenever the stream opens or breaks. */
  constructor({ onEvent, onState = () => {} }) {
    this.onEvent = onEvent;
    this.onState = onState;
    this.lastId = null;
    this.wait = FIRST_WAIT;
    this.source = null;
    this.timer = 0;
    // A hidden page gives its connection back: a browser has only six for one server.
    document.addEventListener('visibilitychange', () => (document.hidden ? this.stop() : this.start()));
    window.addEventListener('pagehide', () => this.stop());
    window.addEventListener('pageshow', () => this.start());
  }

  start() {
    if (this.source || document.hidden) return;
    clearTimeout(this.timer);
    const after = this.lastId === null ? '' : `?last_event_id=${encodeURIComponent(this.lastId)}`;
    this.source = new EventSource(`/api/v1/events${after}`);
    this.source.onopen = () => {
      this.wait = FIRST_WAIT;
      this.onState(true);
    };
    this.source.onerror = () => this.again();
    for (const kind of KINDS) this.source.addEventListener(kind, (event) => this.take(kind, event));
  }

  stop() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  again() {
    this.stop();
    this.onState(false);
    this.timer = setTimeout(() => this.start(), this.wait);
    this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
  }

  take(kind, event) {
    if (event.lastEventId) this.lastId = event.lastEventId;
    let payload;
    try {
      payload = JSON.parse(event.data);
    } catch {
      return; // a line we do not understand must not stop the ones we do
    }
    this.onEvent(kind, payload);
  }
}
