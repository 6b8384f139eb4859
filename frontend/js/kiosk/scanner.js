/**
 * A badge scanner that works as a keyboard: it types what it reads much faster than people do, and
 * ends with Enter.
 */
const FASTEST_PERSON = 45;
const SHORTEST = 3;

export class Scanner {
  /** `onScan(text)` gets each badge that is read, and answers whether it takes it. */
  constructor(onScan) {
    this.onScan = onScan;
    this.text = '';
    this.last = 0;
  }

  /** A keydown event, wherever it happened. */
  key(event) {
    const gap = event.timeStamp - this.last;
    this.last = event.timeStamp;
    if (gap > FASTEST_PERSON) this.text = '';
    if (event.key === 'Enter') {
      const { text } = this;
      this.text = '';
      if (text.length < SHORTEST) return;
      // Then the Enter is the scanner's, and presses nothing.
      if (this.onScan(text)) event.preventDefault();
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) this.text += event.key;
  }
}
