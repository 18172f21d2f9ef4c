// What these mail programs do not support in each mail, by the database of caniemail.com: {name: html} in, {name: [complaints]} out.
import {readFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';

const {doIUseEmail} = await import(pathToFileURL(`${process.argv[2]}/@jsx-email/doiuse-email/dist/index.mjs`));
const dropped = html => doIUseEmail(html, {emailClients: process.argv.slice(3)}).errors ?? [];
const mails = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(Object.fromEntries(Object.entries(mails).map(([name, html]) => [name, dropped(html)]))));
