/** Deutsch. */
import door from './de/door.js';
import people from './de/people.js';
import settings from './de/settings.js';
import shared from './de/shared.js';

export default { ...shared, ...door, ...people, ...settings };
