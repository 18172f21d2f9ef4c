// <plimsoll-alerts>: the bell, panel and banner of a Plimsoll inbox, for any web page. No dependencies, no build step, one file on purpose.
//
//   <script type="module" src="https://usage.example.com/v1/widget/plimsoll-alerts.js"></script>
//   <plimsoll-alerts token-url="/alerts-token"></plimsoll-alerts>
//
// Attributes:
//   token-url  answers POST with {"token", "expires_at"}; or token, or the property getToken: an async function
//   lang       "ja" or "en", default the page's; used until the inbox tells the contact's language
//   view       "bell", "banner", default both
//   theme      "light", "dark", "auto" for the system's, default the page's own color-scheme
//   base-url   default where this script came from
// Elements with the same token source share one connection. docs/product-developers.md lists the variables and parts for styling.

const HOME = new URL('../inbox', import.meta.url).href;
const SILENCE_MS = 45_000; // three heartbeats
const LONGEST_WAIT_MS = 30_000;
const RENEW_MS = 60_000;

const WORDS = {
  en: {
    bell: unseen => unseen ? `Notifications, ${unseen} new` : 'Notifications', title: 'Notifications', close: 'Close', settings: 'Notification settings', back: 'Back',
    empty: 'No notifications yet.', loading: 'Loading…', failed: 'Notifications could not be loaded.', retry: 'Try again', denied: 'Please sign in again to see notifications.',
    offline: 'You are offline. Notifications will arrive when you are back.', read: 'Mark as read', unread: 'Mark as unread', archive: 'Remove', older: 'Show older',
    info: 'Note', warning: 'Warning', critical: 'Critical', resolved: 'Resolved', replaced: 'Replaced by a newer notice', isNew: 'New', usage: 'See your usage', can: 'What you can do', banner: 'Usage notice', details: 'Details', dismiss: 'Dismiss',
    more: count => `and ${count} more`, arrived: title => `New notification: ${title}`,
    emailNotice: 'Usage notices by e-mail', emailProposal: 'Offers by e-mail', inAppProposal: 'Offers in these notifications', saved: 'Saved', notSaved: 'Could not be saved.',
    fixed: 'Usage notices always appear here.', notOlder: 'Older notifications could not be loaded.', refused: 'This could not be saved.', again: 'Try now',
    helpful: 'Helpful', unwanted: 'Not needed', thanks: 'Thank you.',
    unsaved: 'Not saved yet: the server cannot be reached. It will be tried again.',
  },
  ja: {
    bell: unseen => unseen ? `お知らせ、新着${unseen}件` : 'お知らせ', title: 'お知らせ', close: '閉じる', settings: '通知の設定', back: '戻る',
    empty: 'お知らせはまだありません。', loading: '読み込み中…', failed: 'お知らせを読み込めませんでした。', retry: 'もう一度試す', denied: 'お知らせを見るには、もう一度サインインしてください。',
    offline: 'オフラインです。接続が戻るとお知らせが届きます。', read: '既読にする', unread: '未読にする', archive: '削除', older: '以前のお知らせを表示',
    info: 'お知らせ', warning: '警告', critical: '重大', resolved: '解決済み', replaced: '新しいお知らせに置き換えられました', isNew: '新着', usage: '使用状況を見る', can: 'できること', banner: '使用量のお知らせ', details: '詳しく見る', dismiss: '閉じる',
    more: count => `ほか${count}件`, arrived: title => `新しいお知らせ: ${title}`,
    emailNotice: '使用量のお知らせをメールで受け取る', emailProposal: 'ご案内をメールで受け取る', inAppProposal: 'ご案内をこのお知らせに表示する', saved: '保存しました', notSaved: '保存できませんでした。',
    fixed: '使用量のお知らせは常にここに表示されます。', notOlder: '以前のお知らせを読み込めませんでした。', refused: '保存できませんでした。', again: '今すぐ試す',
    helpful: '役に立った', unwanted: '不要', thanks: 'ありがとうございました。',
    unsaved: 'まだ保存されていません。サーバーに接続できないため、自動的にもう一度試します。',
  },
};

const ANSWERS = ['unsaved', 'saved', 'refused'];
const RANK = {critical: 2, warning: 1, info: 0};
const ICONS = { // by shape, not by colour alone
  bell: 'M12 3a6 6 0 0 0-6 6v4l-2 3v1h16v-1l-2-3V9a6 6 0 0 0-6-6zm-2 16a2 2 0 0 0 4 0z',
  info: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm-1 5h2v2h-2zm0 4h2v6h-2z',
  warning: 'M12 3 1.5 21h21zm-1 7h2v5h-2zm0 6.5h2v2h-2z',
  critical: 'M8 2h8l6 6v8l-6 6H8l-6-6V8zm3 5v6h2V7zm0 8v2h2v-2z',
  settings: 'M4 6h10v2H4zm0 5h4v2H4zm0 5h10v2H4zm12-11h2v4h-2zm-6 5h2v4h-2zm6 5h2v4h-2zM20 6h-1v2h1zM14 11h6v2h-6zm6 5h-1v2h1z',
  close: 'm6 4.6 6 6 6-6L19.4 6l-6 6 6 6-1.4 1.4-6-6-6 6L4.6 18l6-6-6-6z',
};

class Refused extends Error {
  constructor(status, wait) {
    super(`answered ${status}`);
    this.status = status;
    this.wait = wait; // milliseconds that the server asks to wait
  }

  // Whether a retry is pointless.
  get final() { return this.status >= 400 && this.status < 500 && this.status !== 429; }
}

// ------------------------------------------------------------------------------------------------ the inbox behind one token source

class Inbox extends EventTarget {
  #home; #source; #token = null; #expires = Infinity; #users = 0; #running = null; #lastId = null; #held = null; #cursor = null; #renewing = null; #active = new Map(); #sending = false; #again = 0; #failures = 0; #unseen = false;

  constructor(home, source) {
    super();
    this.#home = home;
    this.#source = source;
    this.items = [];
    this.counts = {unread: 0, unseen: 0};
    this.lang = null; // the contact's language, once known
    this.answered = new Set(); // ids of offers that the reader has answered here
    this.waiting = new Map(); // by item id, changes that the server has not confirmed: {item, action, by, away}
    this.state = 'loading'; // live, offline, failed, denied
  }

  get hasOlder() { return this.#cursor !== null; }

  get active() {
    const shown = [...this.#active.values()].filter(item => !item.read_at);
    return shown.sort((one, other) => RANK[other.severity] - RANK[one.severity] || other.created_at.localeCompare(one.created_at));
  }

  use() {
    this.#users += 1;
    if (this.#users === 1) {
      this.#running = new AbortController();
      this.#run(this.#running.signal);
      this.#send();
    }
  }

  leave() {
    this.#users -= 1;
    if (this.#users) return;
    this.#running.abort();
    clearTimeout(this.#again);
  }

  retry() {
    this.dispatchEvent(new Event('wake'));
    this.#send();
  }

  open() { this.dispatchEvent(new Event('open')); }

  seen() {
    if (!this.counts.unseen) return;
    this.#unseen = true;
    this.#send();
  }

  // Nothing is shown as done until the server has confirmed it. `by` gets "unsaved" if that takes time, then "saved" or "refused".
  change(item, action, by) {
    this.waiting.set(item.id, {item, action, by, away: false});
    this.#send();
  }

  // Whether an offer helped.
  async answer(item, answer) {
    await this.#json('POST', `/${encodeURIComponent(item.id)}/feedback`, {answer});
    this.answered.add(item.id);
    this.#changed();
  }

  // The browser sends it even as the page goes away; a click that cannot be noted must not keep the reader from following the link.
  async clicked(item) {
    try {
      await this.#request('POST', `/${encodeURIComponent(item.id)}/clicked`, {keepalive: true});
    } catch (error) {
      console.debug('plimsoll-alerts: the click was not noted', error);
    }
  }

  // Sends one change at a time; while the server is unreachable, all of them wait and are retried.
  async #send() {
    clearTimeout(this.#again);
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#unseen || this.waiting.size) {
        const next = this.#unseen ? null : this.waiting.values().next().value;
        try {
          const told = await this.#json('POST', next ? `/${encodeURIComponent(next.item.id)}/${next.action}` : '/seen');
          this.#failures = 0;
          this.#finish(next, 'saved');
          if (next) this.#put(told);
          else this.#count(told);
        } catch (error) {
          if (!error.final) return this.#postpone(error.wait);
          this.#finish(next, 'refused');
          this.#changed();
        }
      }
    } finally {
      this.#sending = false;
    }
  }

  #finish(asked, how) {
    if (!asked) this.#unseen = false;
    else if (this.waiting.get(asked.item.id) === asked) this.waiting.delete(asked.item.id);
    if (asked && (asked.away || how === 'refused')) this.dispatchEvent(new CustomEvent(how, {detail: asked}));
  }

  #postpone(wait) {
    for (const asked of this.waiting.values()) {
      if (asked.away) continue;
      asked.away = true;
      this.dispatchEvent(new CustomEvent('unsaved', {detail: asked}));
    }
    this.#changed();
    if (this.#users) this.#again = setTimeout(() => this.#send(), wait ?? Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** this.#failures++));
  }

  async older() {
    const page = await this.#json('GET', `?limit=20&cursor=${encodeURIComponent(this.#cursor)}`);
    const known = new Set(this.items.map(item => item.id));
    this.items.push(...page.data.filter(item => !known.has(item.id)));
    this.#cursor = page.next_cursor;
    this.#changed();
  }

  preferences() { return this.#json('GET', '/preferences'); }
  prefer(change) { return this.#json('PATCH', '/preferences', change); }

  // Connected while the page is visible: a hidden page catches up when it returns.
  async #run(stop) {
    let failures = 0;
    while (!stop.aborted) {
      await until(() => !document.hidden, document, 'visibilitychange', stop);
      if (!navigator.onLine) this.#become('offline');
      await until(() => navigator.onLine, window, 'online', stop);
      if (stop.aborted) return;
      const began = Date.now();
      let wait;
      try {
        await this.#follow(stop);
      } catch (error) {
        if (stop.aborted) return;
        wait = error.wait;
        if (error.status === 401) this.#become('denied');
        else if (this.state === 'loading' || this.state === 'failed') this.#become('failed');
      }
      failures = Date.now() - began > 5_000 ? 0 : failures + 1;
      if (!document.hidden) await this.#rest(wait ?? Math.random() * Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures), stop);
    }
  }

  #rest(milliseconds, stop) {
    return new Promise(resolve => {
      const timer = setTimeout(done, milliseconds);
      const self = this;
      function done() {
        clearTimeout(timer);
        self.removeEventListener('wake', done);
        stop.removeEventListener('abort', done);
        resolve();
      }
      this.addEventListener('wake', done);
      stop.addEventListener('abort', done);
    });
  }

  async #follow(stop) {
    const connection = new AbortController();
    const end = () => connection.abort();
    const hide = () => document.hidden && end();
    stop.addEventListener('abort', end);
    window.addEventListener('offline', end);
    document.addEventListener('visibilitychange', hide);
    let silence = setTimeout(end, SILENCE_MS);
    try {
      const headers = this.#lastId === null ? {} : {'Last-Event-ID': this.#lastId};
      const response = await this.#request('GET', '/stream', {headers, signal: connection.signal});
      const loading = this.#lastId === null ? this.#load() : this.#become('live');
      const failing = Promise.resolve(loading).catch(error => { end(); throw error; });
      failing.catch(() => {});
      for await (const event of events(response.body, () => { clearTimeout(silence); silence = setTimeout(end, SILENCE_MS); })) this.#receive(event);
      await failing;
    } finally {
      clearTimeout(silence);
      end();
      stop.removeEventListener('abort', end);
      window.removeEventListener('offline', end);
      document.removeEventListener('visibilitychange', hide);
    }
  }

  // Reads the list while the stream is open; events that arrive meanwhile are newer and are held back.
  async #load() {
    this.#held = [];
    try {
      const [listed, active] = await Promise.all([this.#request('GET', '?limit=20'), this.#json('GET', '/active')]), page = await listed.json();
      this.items = page.data;
      this.#active = new Map(active.data.map(item => [item.id, item]));
      this.#cursor = page.next_cursor;
      this.counts = {unread: page.unread, unseen: page.unseen};
      this.lang = listed.headers.get('Content-Language');
      const held = this.#held;
      this.#held = null;
      this.#become('live');
      held.forEach(event => this.#receive(event));
    } finally {
      this.#held = null;
    }
  }

  #receive(event) {
    if (this.#held) return this.#held.push(event);
    const data = JSON.parse(event.data);
    if (data.lang && data.lang !== this.lang) throw this.#reload(); // the contact's language has changed
    if (event.name === 'counts') this.#count(data);
    else if (this.#put(data) && event.name === 'created') this.dispatchEvent(new CustomEvent('arrived', {detail: data}));
    if (event.id) this.#lastId = event.id;
  }

  #put(item) {
    const holds = item.class === 'notice' && item.kind !== 'usage.resolved' && !item.resolved_at && !item.archived_at;
    if (holds) this.#active.set(item.id, item);
    else this.#active.delete(item.id);
    const place = this.items.findIndex(known => known.id === item.id);
    if (place >= 0) this.items[place] = item;
    else if (!this.items.length || item.created_at >= this.items.at(-1).created_at || this.#cursor === null) {
      const before = this.items.findIndex(known => known.created_at <= item.created_at);
      this.items.splice(before < 0 ? this.items.length : before, 0, item);
    }
    this.#changed();
    return place < 0;
  }

  #reload() {
    this.#lastId = null;
    return new Refused(0, 0);
  }

  #count(counts) {
    this.counts = counts;
    this.#changed();
  }

  #become(state) {
    this.state = state;
    this.#changed();
    if (state === 'live') this.#send();
  }

  #changed() { this.dispatchEvent(new Event('change')); }

  async #json(method, path, body) {
    const headers = body === undefined ? {} : {'Content-Type': 'application/json'};
    return (await this.#request(method, path, {headers, body: body === undefined ? undefined : JSON.stringify(body)})).json();
  }

  async #request(method, path, {headers = {}, ...more} = {}) {
    for (let fresh = false; ; fresh = true) {
      const token = await this.#valid(fresh);
      const response = await fetch(this.#home + path, {
        method, ...more, headers: {...headers, Authorization: `Bearer ${token}`}, credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer',
      });
      if (response.ok) return response;
      await response.body?.cancel();
      if (response.status !== 401 || fresh) throw new Refused(response.status, Number(response.headers.get('Retry-After')) * 1000 || undefined);
    }
  }

  async #valid(fresh) {
    if (fresh || this.#token === null || Date.now() > this.#expires - RENEW_MS) {
      this.#renewing ??= this.#source().finally(() => { this.#renewing = null; });
      const given = await this.#renewing;
      this.#token = typeof given === 'string' ? given : given.token;
      // A test clock may be set to any time: only an expiry in the near future is believed.
      const left = Date.parse(given.expires_at ?? '') - Date.now();
      this.#expires = left > RENEW_MS && left <= 3_600_000 ? Date.now() + left : Infinity;
    }
    return this.#token;
  }
}

function until(holds, target, name, stop) {
  return new Promise(resolve => {
    const look = () => {
      if (!holds() && !stop.aborted) return;
      target.removeEventListener(name, look);
      stop.removeEventListener('abort', look);
      resolve();
    };
    target.addEventListener(name, look);
    stop.addEventListener('abort', look);
    look();
  });
}

// Parses server-sent events from a byte stream: {name, id, data}. `alive` is called for every chunk, including heartbeats.
async function* events(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return;
    alive();
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      const event = {name: 'message', id: null, data: null};
      for (const line of block.split(/\r?\n/)) {
        const colon = line.indexOf(':');
        const field = line.slice(0, colon), text = line.slice(colon + 1).replace(/^ /, '');
        if (field === 'event') event.name = text;
        else if (field === 'id') event.id = text;
        else if (field === 'data') event.data = event.data === null ? text : `${event.data}\n${text}`;
      }
      if (event.data !== null) yield event;
    }
  }
}

const inboxes = new Map();

function inboxOf(home, key, source) {
  if (!inboxes.has(home)) inboxes.set(home, new Map());
  const known = inboxes.get(home);
  if (!known.has(key)) known.set(key, new Inbox(home, source));
  return known.get(key);
}

async function fromUrl(url) {
  const response = await fetch(url, {method: 'POST', credentials: 'same-origin', headers: {Accept: 'application/json'}, cache: 'no-store'});
  if (!response.ok) throw new Refused(response.status === 403 ? 401 : response.status);
  return response.json();
}

// ------------------------------------------------------------------------------------------------ the element

const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
:host {
  --bg: var(--plimsoll-background, light-dark(#ffffff, #1d2126)); --fg: var(--plimsoll-text, light-dark(#1b1f24, #eceff2)); --soft: var(--plimsoll-muted, light-dark(#57606a, #a9b2bc));
  --line: var(--plimsoll-border, light-dark(#c4cad1, #4a525b)); --raised: var(--plimsoll-raised, light-dark(#f3f5f7, #282d33));
  --accent: var(--plimsoll-accent, light-dark(#0b57d0, #9cc2ff)); --on-accent: var(--plimsoll-on-accent, light-dark(#ffffff, #0a2a5e));
  --info: var(--plimsoll-info, light-dark(#0b57d0, #9cc2ff)); --warning: var(--plimsoll-warning, light-dark(#8a5300, #ffc46b)); --critical: var(--plimsoll-critical, light-dark(#b3261e, #ffb4ab));
  position: relative; display: inline-block; font: 400 .9375rem/1.5 var(--plimsoll-font, system-ui, "Hiragino Sans", "Noto Sans JP", sans-serif); text-align: start; overflow-wrap: anywhere;
}
:host([hidden]) { display: none; }
:host([view="banner"]) { display: block; }
:host([theme="light"]) { color-scheme: light; } :host([theme="dark"]) { color-scheme: dark; } :host([theme="auto"]) { color-scheme: light dark; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
button, a { font: inherit; color: inherit; border-radius: var(--plimsoll-radius, 8px); }
button { background: none; border: 1px solid transparent; padding: .25rem .5rem; cursor: pointer; min-height: 2rem; }
button:hover { background: var(--raised); } .bell:hover { background: color-mix(in srgb, currentColor 12%, transparent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
svg { width: 1.25em; height: 1.25em; fill: currentColor; flex: none; vertical-align: -.25em; }
.bell { position: relative; min-width: 2.75rem; min-height: 2.75rem; color: inherit; }
.bell svg { width: 1.5rem; height: 1.5rem; }
.badge { position: absolute; inset-block-start: 0; inset-inline-end: 0; min-width: 1.25rem; padding: 0 .3rem; border-radius: 1rem; background: #b3261e; color: #fff; border: 1px solid #fff;
  font-size: .75rem; line-height: 1.25rem; font-weight: 700; text-align: center; }
.panel { position: fixed; margin: 0; padding: 0; width: min(26rem, calc(100vw - 1rem)); max-height: min(36rem, calc(100vh - 1rem)); overflow: auto; overscroll-behavior: contain;
  background: var(--bg); color: var(--fg); border: 1px solid var(--line); border-radius: var(--plimsoll-radius, 8px); box-shadow: 0 8px 32px rgb(0 0 0 / .25); z-index: var(--plimsoll-z, 1000); }
.head { position: sticky; inset-block-start: 0; display: flex; align-items: center; gap: .25rem; padding: .5rem .75rem; background: var(--bg); border-block-end: 1px solid var(--line); z-index: 1; }
h2 { font-size: 1.0625rem; margin: 0; flex: 1; }
article { padding: .75rem; border-block-end: 1px solid var(--line); border-inline-start: 4px solid var(--tone, transparent); }
article:focus-visible, .panel:focus-visible { outline-offset: -3px; }
.info { --tone: var(--info); } .warning { --tone: var(--warning); } .critical { --tone: var(--critical); }
article.done { --tone: var(--line); } .done .used { background: var(--soft); }
.meta { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; color: var(--soft); font-size: .8125rem; }
.level { color: var(--tone); font-weight: 600; } .done .level { color: var(--soft); }
.new::before { content: ""; display: inline-block; width: .5rem; height: .5rem; margin-inline-end: .25rem; border-radius: 50%; background: currentColor; }
.new { color: var(--accent); font-weight: 600; }
h3 { font-size: 1rem; margin: .25rem 0; } .seen h3 { font-weight: 500; }
.body p { margin: .25rem 0 0; }
.bar { margin-block: .375rem .25rem; } .track { position: relative; block-size: .625rem; background: var(--line); border-radius: .3125rem; overflow: hidden; }
.used { block-size: 100%; background: var(--tone); } .tick { position: absolute; inset-block: 0; inline-size: 3px; background: var(--bg); }
.label { display: block; font-size: .75rem; line-height: 1.3; color: var(--soft); } .label::before { content: "▼ "; } .label.before { text-align: end; } .label.before::before { content: none; } .label.before::after { content: " ▼"; }
.body .amounts { font-weight: 600; margin: 0; } .body .can { font-weight: 600; margin-block-start: .5rem; } ul { margin: 0; padding-inline-start: 1.25rem; }
.offer { margin-block-start: .5rem; padding-block-start: .25rem; border-block-start: 1px solid var(--line); }
.unsaved { margin: .5rem 0 0; color: var(--critical); font-size: .875rem; } .unsaved button { color: var(--fg); border-color: var(--line); } .banner .unsaved { flex: 1 0 100%; margin: 0; }
.do { display: flex; flex-wrap: wrap; gap: .25rem .5rem; margin-block-start: .5rem; align-items: center; }
.do button { color: var(--soft); font-size: .8125rem; border-color: var(--line); }
a.act { display: inline-block; padding: .375rem .75rem; background: var(--accent); color: var(--on-accent); text-decoration: none; font-weight: 600; }
a.act:hover { text-decoration: underline; }
a.plain { color: var(--accent); padding: .25rem 0; }
.state { padding: 1.25rem .75rem; margin: 0; color: var(--soft); text-align: center; }
.foot { padding: .5rem; text-align: center; }
.foot button, .state button { border-color: var(--line); color: var(--fg); }
form { padding: .75rem; display: grid; gap: .5rem; } label { display: flex; gap: .5rem; align-items: center; min-height: 2rem; } input { width: 1.125rem; height: 1.125rem; accent-color: var(--accent); }
form p { margin: 0; color: var(--soft); font-size: .8125rem; }
.banner { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; padding: .625rem .75rem; background: var(--bg); color: var(--fg); border: 1px solid var(--line);
  border-inline-start: 6px solid var(--tone); border-radius: var(--plimsoll-radius, 8px); }
:host(:not([view="banner"])) .banner { position: fixed; inset-block-end: 1rem; inset-inline-end: 1rem; width: min(30rem, calc(100vw - 2rem)); box-shadow: 0 8px 32px rgb(0 0 0 / .25);
  z-index: var(--plimsoll-z, 1000); }
.banner .what { flex: 1 1 14rem; font-weight: 600; } .banner .what, .banner .act { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; } .banner svg { color: var(--tone); }
.banner .rest { color: var(--soft); font-weight: 400; }
.banner button { border-color: var(--line); }
@media (prefers-reduced-motion: no-preference) { .banner, .panel { animation: come .18s ease-out; } @keyframes come { from { opacity: 0; transform: translateY(4px); } } }
@media (forced-colors: active) { .badge { border: 1px solid; } article, .banner { border-inline-start-color: CanvasText; } .track { border: 1px solid; } .used { background: CanvasText; } .tick { background: Canvas; } }
`);

const icon = name => {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS('http://www.w3.org/2000/svg', 'path'));
  svg.firstChild.setAttribute('d', ICONS[name]);
  return svg;
};

const node = (tag, properties = {}, ...children) => {
  const {className, part, ...rest} = properties;
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (part) made.setAttribute('part', part);
  for (const [name, value] of Object.entries(rest)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter(child => child !== null && child !== false));
  return made;
};

const link = (className, part, label, url, onclick) => /^https?:/i.test(url ?? '') ? node('a', {className, part, href: url, ...(onclick ? {onclick} : {})}, label) : null;
// Decorative: the sentence next to it says the same, so it is hidden from screen readers.
const bar = ({percent, mark, label, full}) => {
  const part = of => Math.min(Math.floor(of * 100 / full), 100);
  const used = node('div', {className: 'used'}), line = node('div', {className: 'track', part: 'bar'}, used), drawn = node('div', {className: 'bar', 'aria-hidden': 'true'}, line);
  used.style.setProperty('inline-size', `${part(percent)}%`);
  if (mark === null) return drawn;
  const tick = node('div', {className: 'tick'}), named = node('span', {className: part(mark) < 50 ? 'label' : 'label before'}, label);
  tick.style.setProperty('inset-inline-start', `${part(mark)}%`);
  named.style.setProperty(part(mark) < 50 ? 'margin-inline-start' : 'inline-size', `${part(mark)}%`);
  line.append(tick);
  drawn.prepend(named);
  return drawn;
};

const shortly = count => count > 99 ? '99+' : String(count);

class PlimsollAlerts extends HTMLElement {
  static observedAttributes = ['token', 'token-url', 'base-url', 'lang', 'view'];

  #root; #inbox = null; #getToken = null; #parts = {}; #open = false; #settings = false; #said = []; #spoken = null; #older = true;
  #onChange = () => this.#follow();
  #onAnswer = event => event.detail.by === this && this.#say(this.#words[event.type]);
  #onArrived = event => this.#announce(event.detail);
  #onOpen = () => this.#has('bell') && this.#show();
  #onPress = event => !event.composedPath().includes(this) && this.#hide(false);
  #onMove = () => this.#place();

  constructor() {
    super();
    this.#root = this.attachShadow({mode: 'open'});
    this.#root.adoptedStyleSheets = [SHEET];
  }

  get getToken() { return this.#getToken; }

  set getToken(given) {
    this.#getToken = given;
    this.#connect();
  }

  connectedCallback() {
    this.#build();
    this.#connect();
  }

  disconnectedCallback() {
    this.#hide(false);
    this.#disconnect();
  }

  attributeChangedCallback(name, before, now) {
    if (!this.isConnected || before === now || !this.#parts.root) return;
    if (name === 'lang' || name === 'view') {
      this.#build();
      this.#render();
    } else this.#connect();
  }

  // ---- connection

  #connect() {
    if (!this.isConnected) return;
    const before = this.#inbox, home = this.hasAttribute('base-url') ? new URL('v1/inbox', new URL(this.getAttribute('base-url'), location.href)).href : HOME;
    const url = this.getAttribute('token-url'), token = this.getAttribute('token');
    let found = null;
    if (this.#getToken) found = inboxOf(home, this.#getToken, async () => this.#getToken());
    else if (url !== null) found = inboxOf(home, `url ${new URL(url, location.href)}`, () => fromUrl(url));
    else if (token) found = inboxOf(home, `token ${token}`, async () => token);
    if (found === before) return this.#render();
    this.#disconnect();
    this.#inbox = found;
    if (found) {
      found.addEventListener('change', this.#onChange);
      found.addEventListener('arrived', this.#onArrived);
      found.addEventListener('open', this.#onOpen);
      for (const name of ANSWERS) found.addEventListener(name, this.#onAnswer);
      found.use();
    }
    this.#render();
  }

  #disconnect() {
    const inbox = this.#inbox;
    this.#inbox = null;
    if (!inbox) return;
    inbox.removeEventListener('change', this.#onChange);
    inbox.removeEventListener('arrived', this.#onArrived);
    inbox.removeEventListener('open', this.#onOpen);
    for (const name of ANSWERS) inbox.removeEventListener(name, this.#onAnswer);
    inbox.leave();
  }

  // ---- what is always there

  get #words() {
    const spoken = this.#inbox?.lang || this.getAttribute('lang') || this.closest('[lang]')?.getAttribute('lang') || document.documentElement.lang || navigator.language;
    return spoken.toLowerCase().startsWith('ja') ? WORDS.ja : WORDS.en;
  }

  get #tongue() { return this.#words === WORDS.ja ? 'ja' : 'en'; }

  #has(name) { return (this.getAttribute('view') ?? 'bell banner').split(/\s+/).includes(name); }

  #build() {
    const words = this.#words;
    this.#spoken = this.#tongue;
    this.#hide(false);
    const badge = node('span', {className: 'badge', part: 'badge', 'aria-hidden': 'true', hidden: true});
    const bell = node('button', {
      className: 'bell', part: 'bell', type: 'button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', 'aria-controls': 'panel', onclick: () => this.#open ? this.#hide(true) : this.#show(),
    }, icon('bell'), badge);
    const heading = node('h2', {id: 'heading'}, words.title);
    const gear = node('button', {type: 'button', 'aria-label': words.settings, 'aria-pressed': 'false', onclick: () => this.#turn()}, icon('settings'));
    const head = node('div', {className: 'head'}, heading, gear, node('button', {type: 'button', 'aria-label': words.close, onclick: () => this.#hide(true)}, icon('close')));
    const content = node('div', {});
    const panel = node('div', {
      id: 'panel', className: 'panel', part: 'panel', role: 'dialog', 'aria-labelledby': 'heading', tabindex: '-1', hidden: true, onkeydown: event => this.#keys(event),
    }, head, content);
    const polite = node('div', {className: 'quiet', role: 'status', 'aria-live': 'polite'});
    const urgent = node('div', {className: 'quiet', role: 'alert'});
    const banner = node('section', {className: 'banner', part: 'banner', 'aria-label': words.banner, hidden: true});
    const root = node('div', {lang: this.#tongue}, ...(this.#has('bell') ? [bell, panel] : []), ...(this.#has('banner') ? [banner] : []), polite, urgent);
    this.#parts = {root, bell, badge, heading, gear, panel, content, polite, urgent, banner};
    this.#root.replaceChildren(root);
  }

  // ---- what changes

  // Frame and texts use one language, the contact's.
  #follow() {
    if (this.#spoken === this.#tongue) return this.#render();
    const open = this.#open;
    this.#build();
    this.#render();
    if (open) this.#show();
  }

  #render() {
    const {bell, badge, banner} = this.#parts;
    if (!bell) return;
    const words = this.#words, unseen = this.#inbox?.counts.unseen ?? 0;
    bell.setAttribute('aria-label', words.bell(unseen ? shortly(unseen) : 0));
    badge.hidden = !unseen;
    badge.textContent = unseen ? shortly(unseen) : '';
    if (this.#open && !this.#settings) this.#list();
    this.#banner(banner, words);
  }

  #list() {
    const {content} = this.#parts, words = this.#words, inbox = this.#inbox;
    const items = inbox?.items.filter(item => !item.archived_at) ?? [];
    const focused = this.#root.activeElement?.closest?.('[data-id]')?.dataset.id, control = this.#root.activeElement?.dataset?.do;
    const feed = node('div', {role: 'feed', part: 'list', 'aria-labelledby': 'heading', 'aria-busy': String(inbox?.state === 'loading')},
      ...items.map((item, place) => this.#article(item, place + 1, items.length, words)));
    content.replaceChildren(...[
      this.#status(items, words), items.length ? feed : null,
      inbox?.hasOlder ? node('div', {className: 'foot'}, this.#older ? null : node('p', {}, words.notOlder),
        node('button', {type: 'button', onclick: () => this.#load()}, words.older)) : null,
    ].filter(Boolean));
    if (focused !== undefined) {
      const again = [...feed.children].find(article => article.dataset.id === focused);
      (again?.querySelector(`[data-do="${control}"]`) ?? again ?? this.#parts.panel).focus();
    }
  }

  #status(items, words) {
    const inbox = this.#inbox, state = inbox?.state ?? 'loading';
    const again = node('button', {type: 'button', onclick: () => inbox.retry()}, words.retry);
    if (state === 'denied') return node('p', {className: 'state', role: 'status'}, words.denied, ' ', again);
    if (state === 'failed') return node('p', {className: 'state', role: 'status'}, words.failed, ' ', again);
    if (state === 'offline') return node('p', {className: 'state', role: 'status'}, words.offline);
    if (state === 'loading' && !items.length) return node('p', {className: 'state'}, words.loading);
    return items.length ? null : node('p', {className: 'state'}, words.empty);
  }

  #article(item, place, of, words) {
    const id = `i-${item.id}`, unread = !item.read_at, done = Boolean(item.resolved_at);
    const toggle = unread ? 'read' : 'unread';
    return node('article', {
      className: `${item.severity}${done ? ' done' : ''}${unread ? '' : ' seen'}`, part: `item ${item.severity}`, tabindex: '0', 'data-id': item.id, lang: item.lang ?? null,
      'aria-posinset': String(place), 'aria-setsize': String(of), 'aria-labelledby': `${id}-t`, 'aria-describedby': `${id}-m ${id}-b`,
    },
    node('div', {className: 'meta', id: `${id}-m`, lang: this.#tongue},
      node('span', {className: 'level'}, icon(item.severity), ` ${words[item.severity]}`), unread && !done && node('span', {className: 'new'}, words.isNew), done && node('span', {}, item.replaced ? words.replaced : words.resolved),
      node('time', {datetime: item.created_at}, this.#time(item.created_at))),
    node('h3', {id: `${id}-t`}, item.title),
    this.#body(item, `${id}-b`, words), this.#unsaved(item, words),
    node('div', {className: 'do', lang: this.#tongue}, item.action && link('act', 'action', item.action.label, item.action.url, this.#noting(item)),
      item.action || done ? link('plain', 'usage', words.usage, item.usage_url) : link('act', 'usage', words.usage, item.usage_url), this.#button(item, toggle, words[toggle]), this.#button(item, 'archive', words.archive)), this.#opinion(item, words));
  }

  #noting(item) { return item.proposes ? () => this.#inbox.clicked(item) : null; }

  #opinion(item, words) {
    if (!item.proposes) return null;
    if (this.#inbox.answered.has(item.id)) return node('p', {className: 'do', role: 'status', lang: this.#tongue}, words.thanks);
    const choice = answer => node('button', {type: 'button', 'data-do': answer, 'aria-label': `${words[answer]}: ${item.title}`, onclick: () => this.#inbox.answer(item, answer).catch(() => this.#say(words.refused))}, words[answer]);
    return node('div', {className: 'do', part: 'feedback', lang: this.#tongue}, choice('helpful'), choice('unwanted'));
  }

  // Usage, threshold, what happens next, what the reader can do, then an offer. A resolved item shows no next steps.
  #body(item, id, words) {
    const {parts} = item, options = item.resolved_at ? [] : item.options, next = item.resolved_at ? [] : [item.consequence, parts.reset];
    const lines = texts => texts.filter(Boolean).map(text => node('p', {}, text));
    return node('div', {className: 'body', part: 'body', id},
      parts.bar && bar(parts.bar), parts.amounts && node('p', {className: 'amounts'}, parts.amounts), ...lines([parts.sentence, ...next]),
      options.length ? node('p', {className: 'can', id: `${id}-o`}, words.can) : null,
      options.length ? node('ul', {'aria-labelledby': `${id}-o`}, ...options.map(option => node('li', {}, option))) : null,
      parts.offer.length ? node('div', {className: parts.amounts ? 'offer' : ''}, ...lines([...parts.offer, parts.assumed])) : null);
  }

  #unsaved(item, words) {
    if (!this.#inbox.waiting.get(item.id)?.away) return null;
    return node('p', {className: 'unsaved', lang: this.#tongue}, `${words.unsaved} `,
      node('button', {type: 'button', 'data-do': 'again', onclick: () => this.#inbox.retry()}, words.again));
  }

  #button(item, action, label) {
    return node('button', {type: 'button', 'data-do': action === 'archive' ? 'archive' : 'toggle', 'aria-label': `${label}: ${item.title}`, onclick: () => this.#inbox.change(item, action, this)}, label);
  }

  #time(text) { return new Intl.DateTimeFormat(this.#tongue, {dateStyle: 'medium', timeStyle: 'short'}).format(new Date(text)); }

  #banner(banner, words) {
    const [first, ...rest] = this.#inbox?.active ?? [];
    const mark = JSON.stringify([first, rest.length, this.#tongue, this.#inbox?.waiting.get(first?.id)?.away]);
    if (banner.dataset.mark === mark) return;
    const inside = banner.contains(this.#root.activeElement);
    banner.dataset.mark = mark;
    banner.hidden = !first;
    banner.className = `banner ${first?.severity ?? ''}`;
    banner.replaceChildren(...first ? [
      icon(first.severity),
      node('span', {className: 'what'}, node('span', {className: 'quiet'}, `${words[first.severity]}: `), node('span', {lang: first.lang ?? null}, first.title),
        rest.length ? node('span', {className: 'rest'}, ` ${words.more(rest.length)}`) : null),
      first.action && link('act', 'action', first.action.label, first.action.url, this.#noting(first)),
      node('button', {type: 'button', onclick: () => this.#inbox.open()}, words.details),
      node('button', {type: 'button', 'aria-label': `${words.dismiss}: ${first.title}`, onclick: () => this.#inbox.change(first, 'read', this)}, icon('close')),
      this.#unsaved(first, words),
    ].filter(Boolean) : []);
    if (inside) (banner.querySelector('button') ?? this.#parts.bell).focus();
  }

  // Announces once, shortly after the last arrival, however many came; only critical ones interrupt.
  #announce(item) {
    this.#said.push(item);
    clearTimeout(this.#said.timer);
    this.#said.timer = setTimeout(() => {
      const told = this.#said.splice(0), worst = told.reduce((one, other) => RANK[other.severity] > RANK[one.severity] ? other : one);
      const text = this.#words.arrived(worst.title) + (told.length > 1 ? ` ${this.#words.more(told.length - 1)}` : '');
      const {polite, urgent} = this.#parts;
      [polite.textContent, urgent.textContent] = worst.severity === 'critical' ? ['', text] : [text, ''];
    }, 700);
  }

  // ---- opening and closing

  #show() {
    const {bell, panel} = this.#parts;
    if (this.#open || !this.#inbox) return;
    this.#open = true;
    this.#settings = false;
    panel.hidden = false;
    if (panel.showPopover) {
      panel.popover = 'manual';
      panel.showPopover();
    }
    bell.setAttribute('aria-expanded', 'true');
    this.#render();
    this.#place();
    panel.focus();
    document.addEventListener('pointerdown', this.#onPress);
    window.addEventListener('resize', this.#onMove);
    window.addEventListener('scroll', this.#onMove, true);
    this.#inbox.seen();
  }

  #hide(back) {
    const {bell, panel} = this.#parts;
    document.removeEventListener('pointerdown', this.#onPress);
    window.removeEventListener('resize', this.#onMove);
    window.removeEventListener('scroll', this.#onMove, true);
    if (!this.#open) return;
    this.#open = false;
    if (panel.popover === 'manual' && panel.matches(':popover-open')) panel.hidePopover();
    panel.hidden = true;
    bell.setAttribute('aria-expanded', 'false');
    if (back) bell.focus();
  }

  #place() {
    const {bell, panel} = this.#parts, at = bell.getBoundingClientRect();
    const width = panel.offsetWidth, height = panel.offsetHeight, edge = 8;
    const left = Math.max(edge, Math.min(at.right - width, innerWidth - width - edge));
    const below = at.bottom + edge, top = below + height <= innerHeight ? below : Math.max(edge, Math.min(below, innerHeight - height - edge));
    Object.assign(panel.style, {left: `${left}px`, top: `${top}px`, right: 'auto', bottom: 'auto'});
  }

  #keys(event) {
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.#hide(true);
    } else if (event.key === 'PageDown' || event.key === 'PageUp') { // between the articles of a feed
      const articles = [...this.#parts.content.querySelectorAll('article')];
      const here = articles.indexOf(this.#root.activeElement?.closest('article'));
      const next = articles[here + (event.key === 'PageDown' ? 1 : -1)] ?? (here < 0 ? articles[0] : null);
      if (next) {
        event.preventDefault();
        next.focus();
      }
    }
  }

  // ---- settings

  #turn() {
    const {gear, content, heading} = this.#parts, words = this.#words;
    this.#settings = !this.#settings;
    gear.setAttribute('aria-pressed', String(this.#settings));
    gear.setAttribute('aria-label', this.#settings ? words.back : words.settings);
    heading.textContent = this.#settings ? words.settings : words.title;
    if (!this.#settings) return this.#list();
    content.replaceChildren(node('p', {className: 'state'}, words.loading));
    this.#inbox.preferences().then(
      found => this.#settings && content.replaceChildren(this.#form(found, words)),
      () => this.#settings && content.replaceChildren(node('p', {className: 'state', role: 'status'}, words.failed)));
  }

  #form(found, words) {
    const note = node('p', {role: 'status'}, words.fixed);
    const box = (group, name, label) => node('label', {}, node('input', {
      type: 'checkbox', ...(found[group][name] ? {checked: true} : {}),
      onchange: async event => {
        const wanted = event.target.checked;
        try {
          await this.#inbox.prefer({[group]: {[name]: wanted}});
          note.textContent = words.saved;
        } catch {
          event.target.checked = !wanted;
          note.textContent = words.notSaved;
        }
      },
    }), label);
    return node('form', {part: 'settings'}, box('email', 'notice', words.emailNotice), box('email', 'proposal', words.emailProposal), box('in_app', 'proposal', words.inAppProposal), note);
  }

  async #load() {
    try {
      await this.#inbox.older();
      this.#older = true;
    } catch {
      this.#older = false;
      this.#say(this.#words.notOlder);
    }
    this.#list();
  }

  #say(text) { this.#parts.polite.textContent = text; }
}

if (!customElements.get('plimsoll-alerts')) customElements.define('plimsoll-alerts', PlimsollAlerts);
