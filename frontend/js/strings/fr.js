/** Français. */
import door from './fr/door.js';
import people from './fr/people.js';
import settings from './fr/settings.js';
import shared from './fr/shared.js';

export default { ...shared, ...door, ...people, ...settings };
