// The demo page: shows the state from /demo/stream, and sends the visitor's actions. No build step, no library.
import {words} from '/demo/page/words.js';

const $ = id => document.getElementById(id);
const speeds = [0.5, 1, 3, 10];
let language = localStorage.getItem('language') || (navigator.language.startsWith('ja') ? 'ja' : 'en');
let state = null;
let reader = null, picked = false; // picked: by the visitor, so that another language of the page does not change it
let mailLanguage = null;
let busy = false;
let former = new Set(); // accounts from before the demo was started again: nobody signs in there any more
const seen = new Set();
const say = key => words[language][key];
const text = both => (both && typeof both === 'object' ? both[language] : both) ?? '';

function node(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

// Lists are rebuilt only if something changed, so that focus and scroll position are kept.
function keyed(parent, items, key, build, update) {
  const present = new Map([...parent.children].map(child => [child.dataset.key, child]));
  items.forEach((item, index) => {
    let child = present.get(String(key(item)));
    if (!child) { child = build(item); child.dataset.key = key(item); }
    present.delete(child.dataset.key);
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
    update?.(child, item);
  });
  present.forEach(child => child.remove());
}

async function post(path, body) {
  const answer = await fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body ?? {})}).catch(() => null);
  const problem = answer?.ok ? null : await answer?.json().catch(() => null);
  $('status').textContent = answer?.ok ? '' : `${say('failed')} ${problem?.detail ?? problem?.title ?? answer?.statusText ?? ''}`;
}

const level = percent => (percent >= 95 ? '95' : percent >= 90 ? '90' : percent >= 80 ? '80' : '');

function bar(meter) {
  const fill = node('i');
  const box = node('div', {className: 'bar', role: 'meter', ariaValueMin: '0', ariaValueMax: '100'}, fill, ...[80, 90, 95].map(at => {
    const mark = node('b');
    mark.style.left = `${at}%`;
    return mark;
  }));
  return box;
}

function updateMeter(row, meter) {
  row.children[0].textContent = text(meter.name);
  const box = row.children[1];
  box.dataset.level = level(meter.percent ?? 0);
  box.ariaLabel = text(meter.name);
  box.ariaValueNow = String(Math.min(meter.percent ?? 0, 100));
  box.ariaValueText = text(meter.amount);
  box.firstChild.style.width = `${Math.min(meter.percent ?? 0, 100)}%`;
  row.children[2].textContent = meter.percent === null ? '' : `${meter.percent}%`;
  row.children[3].textContent = text(meter.amount);
}

// The same thing in the console.
const inConsole = (path, key = 'inConsole') => node('a', {href: `/console/${path}`, className: 'console'}, say(key));

function card(account) {
  const button = (key, path, body) => node('button', {type: 'button', onclick: () => post(`/demo/accounts/${account.id}/${path}`, body)}, say(key));
  const actions = node('div', {className: 'actions'});
  actions.append(node('button', {type: 'button', onclick: () => { show(`${account.id}/${account.contacts[0].id}`); post(`/demo/accounts/${account.id}/boost`, {percent: 96}); }}, say('boost')), button('free', 'free'), button('upgrade', 'upgrade'),
    node('button', {type: 'button', onclick: () => why(account.id)}, say('why')), inConsole(`accounts/${encodeURIComponent(account.id)}`));
  return node('article', {className: 'card', id: `account-${account.key}`, tabIndex: -1}, node('div', {className: 'card-head'}, node('strong'), node('span', {className: 'plan'})),
    node('p', {className: 'story'}), node('div'), actions);
}

function updateCard(element, account) {
  element.querySelector('strong').textContent = text(account.name);
  element.querySelector('.plan').textContent = text(account.plan);
  element.querySelector('.story').textContent = text(account.story);
  element.querySelector('.actions .console').textContent = say('inConsole');
  element.querySelectorAll('.actions button').forEach((button, index) => { button.textContent = say(['boost', 'free', 'upgrade', account.withheld ? 'whyNot' : 'why'][index]); });
  keyed(element.children[2], account.meters, meter => meter.meter, meter => node('div', {className: 'meter'}, node('span'), bar(meter), node('span', {className: 'percent'}), node('span', {className: 'amount'})), updateMeter);
}

function feedItem(item) {
  const element = node('li', {className: seen.has(item.id) ? '' : 'new'});
  seen.add(item.id);
  return element;
}

function updateFeedItem(element, item) {
  const mark = `${language}${item.state}${item.outcome}`;
  if (element.dataset.mark === mark) return;
  element.dataset.mark = mark;
  element.dataset.level = item.what === 'resolved' ? 'cured' : level(item.level);
  const line = item.what === 'resolved'
    ? words[language].cured(text(item.meter), words[language].resolvedAs[item.resolution] ?? item.resolution)
    : words[language].reached(text(item.meter), text(item.threshold));
  element.replaceChildren(node('time', {dateTime: item.at}, new Date(item.at).toLocaleTimeString(language)), whose(item.account, item.name), node('span', {}, say('colon') + line),
    node('span', {className: 'because'}, item.outcome ? words[language].outcomes_[item.outcome] : ''));
  if (item.decision) element.append(node('button', {type: 'button', onclick: () => why(item.account, item.decision)}, say(item.outcome === 'withheld' ? 'whyNot' : 'why')), ' ', inConsole(`decisions/${item.decision}`));
}

// Goes to the account: its card, or for background accounts their usage and decision.
function whose(account, name) {
  return node('button', {type: 'button', className: 'link', onclick: () => go(account)}, text(name));
}

function go(account) {
  const found = state.accounts.find(one => one.id === account);
  if (!found) return why(account);
  const element = $(`account-${found.key}`);
  element.scrollIntoView({block: 'center'});
  element.focus({preventScroll: true});
  element.classList.remove('found');
  requestAnimationFrame(() => element.classList.add('found'));
}

const named = account => state?.accounts.find(one => one.id === account) ?? state?.population.find(one => one.id === account);

async function why(account, decision) {
  const known = named(account);
  $('why-title').textContent = known ? text(known.name) + (known.percent === undefined ? '' : ` (${known.percent}%)`) : account;
  $('why-body').replaceChildren(node('p', {}, say('loading')));
  $('why').showModal();
  const answer = await fetch(`/demo/why/${encodeURIComponent(account)}?lang=${language}${decision ? `&decision=${encodeURIComponent(decision)}` : ''}`);
  const found = answer.ok ? await answer.json() : null;
  if (!found?.decision) return $('why-body').replaceChildren(node('p', {}, say('noDecision')));
  const rows = found.decision.gates.map(gate => node('tr', {}, node('th', {scope: 'row'}, gate.label ?? gate.gate),
    node('td', {className: `result-${gate.result}`}, words[language].results[gate.result]), node('td', {}, gate.text ?? gate.reason ?? '')));
  $('why-body').replaceChildren(
    node('p', {}, node('strong', {}, `${say('outcome')}: `), words[language].outcomes_[found.decision.outcome] ?? found.decision.outcome),
    ...(found.remedy ? [node('p', {}, node('strong', {}, `${say('remedy')}: `), words[language].remedies[found.remedy.task] ?? found.remedy.task)] : []),
    node('table', {}, node('thead', {}, node('tr', {}, ...['gate', 'result', 'reason'].map(key => node('th', {scope: 'col'}, say(key))))), node('tbody', {}, ...rows)));
}

// The mail's HTML, in a frame that may neither run nor load anything.
async function open(mail) {
  const answer = await fetch(`/demo/mails/${mail.id}`);
  Object.assign($('mail'), {hidden: false, title: mail.subject, srcdoc: answer.ok ? await answer.text() : ''});
}

function mailItem(mail) {
  return node('li', {}, node('button', {type: 'button', onclick: () => open(mail)},
    node('span', {lang: mail.lang}, mail.subject), node('span', {className: 'meta'}, `${mail.to} · ${new Date(mail.at).toLocaleTimeString(language)}`)), mail.account ? whose(mail.account, mail.name) : '');
}

function renderMails() {
  const chosen = mailLanguage ?? language;
  document.querySelectorAll('[data-mails]').forEach(button => {
    button.textContent = words[language].mailsIn[button.dataset.mails](state.mails.filter(mail => mail.lang === button.dataset.mails).length);
    button.ariaPressed = String(button.dataset.mails === chosen);
  });
  keyed($('mails'), state.mails.filter(mail => mail.lang === chosen), mail => `${mail.id}${language}`, mailItem);
}

function updateTask(element, task) {
  const mark = JSON.stringify([language, task]);
  if (element.dataset.mark === mark) return;
  element.dataset.mark = mark;
  const done = task.status === 'COMPLETED';
  const known = named(task.account);
  const due = task.due && !done ? words[language].due(new Date(task.due).toLocaleDateString(language, {month: 'short', day: 'numeric'})) : '';
  element.replaceChildren(node('span', {className: `badge ${done ? 'done' : task.priority === 'HIGH' ? 'high' : ''}`}, done ? say('done') : say('open')), ' ', node('strong', {}, task.subject), ' ', node('span', {className: 'due'}, due),
    node('pre', {}, task.body), known ? whose(task.account, known.name) : '', ' ', task.page ? inConsole(task.page) : '');
}

// The deal that people work on: its acts so far, its documents, what the reports make of it.
function renderDeal() {
  const deal = state.deal;
  $('deal').hidden = !deal.account;
  $('deal-empty').hidden = Boolean(deal.account);
  if (!deal.account) return;
  const stage = words[language].stages[deal.stage] ?? deal.stage;
  $('deal-account').replaceChildren(whose(deal.account, deal.name));
  $('deal-stage').textContent = stage;
  $('deal-stage').className = `badge ${deal.stage === 'closed_won' ? 'done' : ''}`;
  $('deal-terms').textContent = [deal.owner && `${say('owner')}: ${deal.owner}`, deal.year && `${text(deal.year)}${say('aYear')}`].filter(Boolean).join(' · ');
  $('deal-waits').hidden = !deal.waits;
  $('deal-page').href = deal.page;
  keyed($('deal-acts'), [...deal.acts].reverse(), act => `${act.en}${language}`, act => node('li', {}, text(act)));
  keyed($('deal-documents'), Object.keys(words[language].papers), name => `${name}${language}`, name =>
    node('li', {}, node('a', {href: `/demo/documents/${name}?lang=${language}`, target: '_blank', rel: 'noreferrer'}, words[language].papers[name])));
  $('deal-figures').replaceChildren(...deal.figures.flatMap(figure => [node('dt', {}, words[language].counted[figure.key]), node('dd', {}, text(figure.value))]));
}

function pickReaders() {
  const spoken = contact => contact.locale.slice(0, 2), foreign = contact => spoken(contact) === language ? '' : words[language].reads[spoken(contact)] ?? '';
  const options = state.accounts.flatMap(account => account.contacts.map(contact => ({value: `${account.id}/${contact.id}`, spoken: spoken(contact), label: `${text(account.name)}: ${contact.name} (${words[language].roles[contact.role] ?? contact.role}${foreign(contact)})`})));
  const list = $('reader');
  const mark = options.map(option => option.value + option.label).join();
  if (list.dataset.mark !== mark) { list.replaceChildren(...options.map(option => node('option', {value: option.value}, option.label))); list.dataset.mark = mark; if (reader) list.value = reader; }
  if (busy || !options.length || state.accounts.some(account => former.has(account.id)) || options.some(option => option.value === reader)) return;
  picked = false;
  const home = option => option.value.startsWith(language === 'ja' ? 'aozora' : 'kitsune');
  show((options.find(home) ?? options.find(option => option.spoken === language) ?? options[0]).value);
}

// The product's own page, as a customer of ours would write it, with a token minted by the product's back end.
function show(value) {
  reader = value;
  const [account, contact] = value.split('/');
  $('reader').value = value;
  $('product-name').textContent = state.accounts.find(one => one.id === account)?.product ?? 'Product';
  for (const view of ['bell', 'banner']) {
    const alerts = document.createElement('plimsoll-alerts');
    alerts.setAttribute('token-url', `/demo/token/${account}/${contact}`);
    alerts.setAttribute('lang', language);
    alerts.setAttribute('view', view);
    $(`widget-${view}`).replaceChildren(alerts);
  }
}

function render() {
  document.documentElement.lang = language;
  document.querySelectorAll('[data-text]').forEach(element => { element.textContent = say(element.dataset.text); });
  document.querySelectorAll('[data-label]').forEach(element => { element.ariaLabel = say(element.dataset.label); });
  document.querySelectorAll('[data-page]').forEach(element => { element.textContent = words[language].pages[element.dataset.page]; });
  $('language').textContent = say('other');
  $('language').lang = language === 'ja' ? 'en' : 'ja';
  if (!state) return;
  $('pause').textContent = say(state.paused ? 'resume' : 'pause');
  $('pause').ariaPressed = String(state.paused);
  $('speed-value').textContent = `×${state.speed}`;
  keyed($('cards'), state.accounts, account => account.id, card, updateCard);
  keyed($('population'), state.population, one => one.id, one => node('button', {type: 'button', onclick: () => why(one.id)}), (element, one) => {
    element.title = element.ariaLabel = `${text(one.name)}: ${one.percent}%`;
    element.style.setProperty('--at', `${Math.min(one.percent, 100)}%`);
    element.style.setProperty('--fill', {95: 'var(--crit)', 90: 'var(--warn)', 80: 'var(--info)'}[level(one.percent)] ?? 'var(--calm)');
  });
  $('population').ariaLabel = words[language].populationLabel(state.population.length);
  keyed($('feed'), state.feed, item => item.id, feedItem, updateFeedItem);
  renderMails();
  keyed($('tasks'), [...state.tasks].sort((a, b) => (a.status === 'COMPLETED') - (b.status === 'COMPLETED') || (a.lang !== language) - (b.lang !== language)), task => task.id, () => node('li'), updateTask);
  renderDeal();
  $('mail-count').textContent = state.mail_count;
  $('task-count').textContent = state.tasks.filter(task => task.status !== 'COMPLETED').length;
  pickReaders();
}

function listen() {
  const source = new EventSource('/demo/stream');
  source.onmessage = event => { state = JSON.parse(event.data); if (!busy) Object.assign($('status'), {textContent: '', className: 'status'}); render(); };
  source.onerror = () => { $('status').textContent = say('lost'); };
}

function choose(tab) {
  document.querySelectorAll('[role=tab]').forEach(one => {
    one.ariaSelected = String(one === tab);
    one.tabIndex = one === tab ? 0 : -1;
    $(one.getAttribute('aria-controls')).hidden = one !== tab;
  });
  tab.focus();
}

document.querySelector('[role=tablist]').addEventListener('click', event => event.target.closest('[role=tab]') && choose(event.target.closest('[role=tab]')));
document.querySelector('[role=tablist]').addEventListener('keydown', event => {
  const tabs = [...document.querySelectorAll('[role=tab]')];
  const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (step) choose(tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length]);
});
$('language').onclick = () => { language = language === 'ja' ? 'en' : 'ja'; mailLanguage = null; localStorage.setItem('language', language); if (!picked) reader = null; render(); if (reader) show(reader); };
$('pause').onclick = () => post('/demo/pause', {paused: !state?.paused});
$('speed').oninput = event => post('/demo/speed', {speed: speeds[event.target.value]});
$('reader').onchange = event => { picked = true; show(event.target.value); };
$('again').onclick = () => $('again-dialog').showModal();
$('again-dialog').onclose = async () => {
  if ($('again-dialog').returnValue !== 'yes' || busy) return;
  $('again-dialog').returnValue = '';
  busy = true;
  $('again').disabled = true;
  // People of the previous run are signed out: their accounts are being erased.
  for (const view of ['bell', 'banner']) $(`widget-${view}`).replaceChildren();
  reader = null;
  former = new Set((state?.accounts ?? []).map(account => account.id));
  $('status').className = 'status calm';
  $('status').textContent = say('againBusy');
  await post('/demo/reset', {confirm: true});
  if ($('status').textContent) former.clear(); // it failed: they are all still there
  $('status').className = 'status';
  $('mail').hidden = true;
  busy = $('again').disabled = false;
  if (state) render();
};
$('deal-on').onclick = () => post('/demo/deal/on');
$('connect').onclick = $('connect-here').onclick = () => $('connect-dialog').showModal();
document.querySelectorAll('[data-mails]').forEach(button => { button.onclick = () => { mailLanguage = button.dataset.mails; renderMails(); }; });

// Links to further pages: the docs exist only if Plimsoll runs from its repository.
async function about() {
  const found = await fetch('/demo/about').then(answer => answer.json()).catch(() => ({docs: [], key: 'DATA/admin-key'}));
  $('links').append(...found.docs.map(name => node('li', {}, Object.assign(node('a', {href: `/demo/docs/${name}`}), {textContent: words[language].pages[name]}))));
  $('links').querySelectorAll('a[href^="/demo/docs/"]').forEach(link => { link.dataset.page = link.getAttribute('href').split('/').pop(); });
  $('connect-commands').textContent = commands(location.origin, found.key);
}

const commands = (at, key) => `at=${at}
key=$(cat '${key}')

# a customer of yours, on a plan of this demo's catalogue
curl -X PUT $at/v1/accounts/acme -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \\
  -d '{"name":"Acme","locale":"en-US","time_zone":"America/New_York","country":"US",
       "contacts":[{"id":"ada","name":"Ada","email":"ada@acme.example","role":"owner"}]}'
curl -X PUT $at/v1/accounts/acme/subscription -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \\
  -d '{"plan":"starter","started_at":"2026-01-01T00:00:00Z"}'

# what they use: 9.6 of their 10 GB, as a CloudEvent
curl -X POST $at/v1/events -H "Authorization: Bearer $key" -H 'Content-Type: application/cloudevents+json' \\
  -d '{"specversion":"1.0","id":"'$(date +%s)'","source":"/shop","type":"storage.measured",
       "subject":"acme","time":"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'","data":{"bytes":9600000000}}'`;

render();
Object.assign($('status'), {textContent: say('preparing'), className: 'status calm'}); // until the first state
listen();
about();
