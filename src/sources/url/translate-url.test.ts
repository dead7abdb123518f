import assert from 'node:assert/strict';
import { test } from 'node:test';
import { translateUrl, translators } from './translate-url.ts';

/** By translator: what is given and what is fetched. */
const examples: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  openstreetmap: [
    [
      'http://www.openstreetmap.org/#map=18/40.43494/-3.70068',
      'https://api.openstreetmap.org/api/0.6/map?bbox=-3.702289325408941,40.43359889549254,-3.69907067459107,40.43628110450743',
    ],
    [
      'https://www.openstreetmap.org/export#map=18/40.43494/-3.70068',
      'https://api.openstreetmap.org/api/0.6/map?bbox=-3.702289325408941,40.43359889549254,-3.69907067459107,40.43628110450743',
    ],
    [
      'http://openstreetmap.org/?lat=40.43494&lon=-3.70068&zoom=18&layers=M',
      'https://api.openstreetmap.org/api/0.6/map?bbox=-3.702289325408941,40.43359889549254,-3.69907067459107,40.43628110450743',
    ],
  ],
  github: [
    ['https://github.com/o/r/blob/main/a/b.csv', 'https://github.com/o/r/raw/main/a/b.csv'],
    ['https://github.com/o/raw-data/blob/main/b.csv#L3', 'https://github.com/o/raw-data/raw/main/b.csv'],
    ['https://github.com/o/blob/blob/v1/blob/b.csv?raw=true', 'https://github.com/o/blob/raw/v1/blob/b.csv?raw=true'],
  ],
  gist: [
    ['https://gist.github.com/user/0123abcd', 'https://gist.github.com/user/0123abcd/raw'],
    ['https://gist.github.com/user/0123abcd#file-places-csv', 'https://gist.github.com/user/0123abcd/raw/places.csv'],
  ],
  gitlab: [
    ['https://gitlab.com/g/s/p/-/blob/main/a.csv', 'https://gitlab.com/g/s/p/-/raw/main/a.csv'],
    [
      'https://git.example.org/g/p/-/blob/v1/d/a.csv?ref_type=heads',
      'https://git.example.org/g/p/-/raw/v1/d/a.csv?ref_type=heads',
    ],
    ['https://gitlab.com/g/p/blob/main/a.csv', 'https://gitlab.com/g/p/raw/main/a.csv'],
  ],
  'google-sheets': [
    [
      'https://docs.google.com/spreadsheets/d/1AbC_d-eF/edit#gid=42',
      'https://docs.google.com/spreadsheets/d/1AbC_d-eF/export?format=csv&gid=42',
    ],
    [
      'https://docs.google.com/spreadsheets/d/1AbC_d-eF/edit?gid=7#gid=42',
      'https://docs.google.com/spreadsheets/d/1AbC_d-eF/export?format=csv&gid=42',
    ],
    [
      'https://docs.google.com/spreadsheets/u/0/d/1AbC_d-eF/edit?usp=sharing',
      'https://docs.google.com/spreadsheets/d/1AbC_d-eF/export?format=csv',
    ],
    [
      'https://docs.google.com/spreadsheets/d/1AbC_d-eF',
      'https://docs.google.com/spreadsheets/d/1AbC_d-eF/export?format=csv',
    ],
  ],
  'google-sheets-published': [
    [
      'https://docs.google.com/spreadsheets/d/e/2PACX-1v/pubhtml?gid=3&single=true&widget=true',
      'https://docs.google.com/spreadsheets/d/e/2PACX-1v/pub?gid=3&single=true&output=csv',
    ],
  ],
  'google-sheets-old': [
    [
      'https://docs.google.com/spreadsheet/ccc?key=0Abc&usp=sharing#gid=2',
      'https://docs.google.com/spreadsheet/ccc?key=0Abc&usp=sharing&output=csv',
    ],
  ],
  'google-my-maps': [
    [
      'https://maps.google.com/maps/ms?ie=UTF8&msid=21.0004',
      'https://maps.google.com/maps/ms?ie=UTF8&msid=21.0004&output=kml',
    ],
  ],
  dropbox: [
    ['https://www.dropbox.com/s/abc/a.csv?dl=0', 'https://www.dropbox.com/s/abc/a.csv?dl=1'],
    ['https://www.dropbox.com/s/abc/a.csv', 'https://www.dropbox.com/s/abc/a.csv?dl=1'],
    [
      'https://www.dropbox.com/scl/fi/abc/a.csv?rlkey=k&e=1&dl=0',
      'https://www.dropbox.com/scl/fi/abc/a.csv?rlkey=k&e=1&dl=1',
    ],
  ],
};

for (const translator of translators) {
  test(`${translator.id} pages become the address of their file`, () => {
    const own = examples[translator.id] ?? [];
    assert.ok(own.length > 0, 'a translator has examples');
    for (const [given, fetched] of own) {
      assert.equal(translator.translate(new URL(given))?.href, fetched);
      assert.equal(translateUrl(new URL(given)).href, fetched, 'no earlier translator takes it');
      assert.equal(translateUrl(new URL(fetched)).href, fetched, 'what is fetched is left alone');
    }
  });
}

test('all other addresses are fetched as they are', () => {
  for (const text of [
    'https://example.org/o/r/blob/main/a.csv',
    'https://example.org/?lat=1&lon=2&zoom=3',
    'https://github.com.example.org/o/r/blob/main/a.csv',
    'https://github.com/o/r/raw/main/a.csv',
    'https://github.com/o/r/releases/download/v1/a.csv',
    'https://github.com/o/blob',
    'https://raw.githubusercontent.com/o/r/main/blob/a.csv',
    'https://gist.github.com/user',
    'https://gitlab.com/g/p',
    'https://docs.google.com/document/d/1AbC_d-eF/edit',
    'https://docs.google.com/spreadsheets/d/1AbC_d-eF/gviz/tq?tqx=out:csv',
    'https://docs.google.com/spreadsheets/d/e/2PACX-1v/pub?output=csv',
    'https://dl.dropboxusercontent.com/s/abc/a.csv',
    'https://www.dropbox.com/home',
    'https://www.openstreetmap.org/',
    'https://www.openstreetmap.org/#map=99/1/2',
    'https://www.openstreetmap.org/#map=5/91/2',
    'https://www.openstreetmap.org/?lat=x&lon=2',
  ]) {
    assert.equal(translateUrl(new URL(text)).href, text);
  }
});
