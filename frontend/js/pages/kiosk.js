/**
 * The kiosk at the door. By default it shows the server's camera and greets whom the server's
 * worker recognises there; with ?camera=browser it sends this device's own camera to the server.
 */
import { hearDates, session } from '../api.js';
import { find } from '../dom.js';
import { LiveEvents } from '../events.js';
import { placeIcons } from '../icons.js';
import { translatePage } from '../i18n.js';
import { Pad } from '../kiosk/ask.js';
import { Clock } from '../kiosk/clock.js';
import { Greeter } from '../kiosk/greeter.js';
import { Links } from '../kiosk/links.js';
import { OwnCamera } from '../kiosk/own_camera.js';
import { ServerCamera } from '../kiosk/server_camera.js';

const wishes = new URLSearchParams(location.search);

function keepAwake() {
  const request = () => document.hidden || navigator.wakeLock?.request('screen').catch(() => {});
  document.addEventListener('visibilitychange', request);
  request();
}

function offerFullScreen() {
  const button = find('#full');
  button.hidden = !document.fullscreenEnabled;
  button.addEventListener('click', () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen({ navigationUI: 'hide' }).catch(() => {});
  });
}

async function open() {
  translatePage();
  placeIcons();
  offerFullScreen();
  keepAwake();
  const clock = new Clock(find('#clock'), find('#date'));
  const greeter = new Greeter(find('#panel'), find('#greeting'), clock);
  const links = new Links(find('#links'), greeter);
  clock.start();
  hearDates((date) => clock.hear(date));
  const browser = wishes.get('camera') === 'browser';
  const pad = new Pad({
    place: find('#pad'),
    panel: find('#panel'),
    now: () => clock.now(),
    device: () => (browser ? camera.device : camera.shown ?? undefined),
    greet: (payload) => greeter.answer(payload),
  });
  find('#way').addEventListener('click', () => pad.offer());
  session().then((mine) => {
    clock.setZone(mine.timezone);
    pad.badgeAlone = mine.badge_alone;
  }, () => {});
  const greet = (kind, payload) => {
    if (kind === 'sighting' && payload.confirmation && pad.ask(payload)) return;
    if (kind === 'attendance' && payload.source === 'face') pad.settle();
    greeter.take(kind, payload);
  };
  const asked = (request) => greeter.ask(request);
  const camera = browser
    ? new OwnCamera({ clock, links, greet, asked, device: wishes.get('device') ?? 'browser' })
    : new ServerCamera({ clock, links, asked, device: wishes.get('device') });
  if (camera instanceof ServerCamera) {
    new LiveEvents({
      onEvent: (kind, payload) => camera.concerns(kind, payload) && greet(kind, payload),
      onState: (live) => live || camera.check(),
    }).start();
  }
  await camera.start();
}

open();
