/** Settings: the connection to Odoo, the exchange by hand, health, the camera, API keys. */
import { find } from '../dom.js';
import { openPage } from '../shell.js';
import { openCameraSource } from '../settings/camera.js';
import { openConnection } from '../settings/connection.js';
import { openExchange } from '../settings/exchange.js';
import { openHealth } from '../settings/health.js';
import { openHints } from '../settings/hints.js';
import { openKeys } from '../settings/keys.js';
import { openProblems } from '../settings/problems.js';
import { openChoice } from '../settings/which.js';

const LOOK_AGAIN = 10_000;

async function open() {
  const mine = await openPage();
  const scopes = mine.scopes ?? ['*'];
  const may = (scope) => scopes.includes('*') || scopes.includes(scope);
  const exchange = openExchange({ may, onDone: () => problems.look() });
  const problems = openProblems({ may, onRetried: exchange.look });
  const connection = openConnection({ may, onSaved: exchange.look });
  const health = openHealth();
  const camera = openCameraSource({ may });
  openKeys({ may });
  const hints = openHints({ may });
  openChoice({ may, onChosen: () => [connection, exchange, problems, hints].forEach((each) => each.look()) });
  setInterval(() => {
    if (document.hidden) return;
    exchange.look();
    problems.look();
    health.look();
    camera.look();
  }, LOOK_AGAIN);
  if (location.hash) find(location.hash)?.scrollIntoView();
}

open();
