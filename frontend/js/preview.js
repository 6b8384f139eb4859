/** The server's live picture in an <img>: asked for while it is wanted and the page is seen. */

const TRY_AGAIN = 2_000;

export class Preview {
  constructor(image) {
    this.image = image;
    this.wanted = false;
    this.device = null;
    image.addEventListener('error', () => {
      this.close();
      setTimeout(() => this.open(), TRY_AGAIN);
    });
    document.addEventListener('visibilitychange', () => (document.hidden ? this.close() : this.open()));
    window.addEventListener('pagehide', () => this.close());
  }

  /** Shows or hides the picture of `device` (the first camera where there is none). */
  show(wanted, device = null) {
    if (device !== this.device) this.close();
    this.device = device;
    this.wanted = wanted;
    if (wanted) this.open();
    else this.close();
  }

  /** Starts the stream anew, as after the server came back. */
  renew() {
    this.close();
    this.open();
  }

  open() {
    if (!this.wanted || document.hidden || this.image.hasAttribute('src')) return;
    const query = new URLSearchParams({ ...(this.device ? { device: this.device } : {}) });
    this.image.src = `/api/v1/camera/preview${query.size ? `?${query}` : ''}`;
    this.image.hidden = false;
  }

  close() {
    this.image.hidden = true;
    this.image.removeAttribute('src'); // ends the stream, so that its connection is free again
  }
}
