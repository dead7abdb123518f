import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultReading } from '../domain/reading.ts';
import { toOptions, toSource, toUserDefinedLimits } from './import-parameters.ts';
import { toBoolean } from './parameter-values.ts';
import { parseForm, parseJson } from './parameters.ts';
import { WireError } from './wire-error.ts';

const message = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof WireError);
    assert.equal(error.status, 400);
    return (error.body as { errors: { imports: string } }).errors.imports;
  }
  return assert.fail('nothing was refused');
};
const refused = (query: string): string => message(() => toOptions(parseForm(query)));
const source = (query: string) => toSource(parseForm(query), null, () => {});

test('without parameters the options are the documented defaults', () => {
  assert.deepEqual(toOptions(new Map()), {
    ...defaultReading,
    contentGuessing: false,
    createVisualization: false,
    collisionStrategy: 'rename',
    privacy: null,
    geometryPolicy: null,
  });
});

test('truth is written in many ways, and anything else is the default', () => {
  for (const text of [true, 'true', 'TRUE', 1, '1', 'yes', 'on']) assert.equal(toBoolean(text, false), true);
  for (const text of [false, 'false', 'False', 0, '0', 'no', 'off']) assert.equal(toBoolean(text, true), false);
  for (const text of [undefined, null, '', 'maybe', {}, []]) {
    assert.equal(toBoolean(text, true), true);
    assert.equal(toBoolean(text, false), false);
  }
});

test('layers are names between commas, or a list in JSON', () => {
  assert.deepEqual(toOptions(parseForm('layers=a,%20B%20c%20,,')).layers, ['a', 'B c']);
  assert.deepEqual(toOptions(parseJson('{"layers":["a, b","c"]}')).layers, ['a, b', 'c']);
  for (const nothing of ['{"layers":""}', '{"layers":[]}', '{"layers":null}', '{"layers":" , "}']) {
    assert.equal(toOptions(parseJson(nothing)).layers, null);
  }
  assert.equal(
    message(() => toOptions(parseJson('{"layers":[1]}'))),
    'layers must be a list of texts',
  );
  assert.match(
    message(() => toOptions(parseJson('{"layers":["a\\u0000"]}'))),
    /NUL/,
  );
});

test('an encoding is any label that the Encoding standard knows', () => {
  assert.equal(toOptions(parseForm('encoding=latin1')).encoding, 'windows-1252');
  assert.equal(toOptions(parseForm('encoding=Shift_JIS')).encoding, 'shift_jis');
  assert.equal(toOptions(parseForm('encoding=')).encoding, null);
  assert.match(refused('encoding=klingon'), /^Unknown value 'klingon' for 'encoding'/);
});

test('a source_srid is an EPSG code', () => {
  for (const written of ['25830', 'EPSG:25830', 'epsg:25830']) {
    assert.equal(toOptions(parseForm(`source_srid=${written}`)).sourceSrid, 25830);
  }
  assert.equal(toOptions(parseJson('{"source_srid":4326}')).sourceSrid, 4326);
  for (const written of ['0', '-1', '4326.5', 'WGS84', '999999']) {
    assert.match(refused(`source_srid=${written}`), /^Unknown value '[^']+' for 'source_srid'/);
  }
});

test('a wrong option is refused in the words of the contract', () => {
  assert.equal(
    refused('privacy=secret'),
    "Unknown value 'secret' for 'privacy'. Allowed values are: private, public and link",
  );
  for (const value of ['', 'Skip', 'merge']) {
    assert.equal(refused(`collision_strategy=${value}`), 'collision_strategy Invalid collision strategy');
  }
  for (const value of ['1', '{}', '[]', 'true']) {
    assert.equal(
      message(() => toOptions(parseJson(`{"service_item_id":${value}}`))),
      'service_item_id field should be empty or a string',
    );
  }
  assert.equal(toOptions(parseForm('privacy=LINK')).privacy, 'link');
  assert.equal(toOptions(parseJson('{"collision_strategy":null,"privacy":null}')).collisionStrategy, 'rename');
});

test('a query is a source, before all others; a copy is a query; a name alone is a copy', () => {
  const asked = (query: string) => source(query).request;
  assert.deepEqual(asked('sql=select+1&table_name=one&url=https://a.example/x.csv'), {
    kind: 'query',
    text: 'select 1',
    name: 'one',
  });
  assert.deepEqual(asked('sql=select+1&table_copy=ann.towns'), {
    kind: 'query',
    text: 'select * from ann.towns',
    name: null,
  });
  assert.deepEqual(asked('table_name=towns'), { kind: 'query', text: 'select * from towns', name: 'towns' });
  assert.deepEqual(asked('table_copy=my"table;+drop'), {
    kind: 'query',
    text: 'select * from "my""table; drop"',
    name: null,
  });
  assert.equal(toOptions(parseForm('sql=select+1&collision_strategy=overwrite')).schemaPolicy, 'evolve');
});

test('what does not exist yet is refused by name, never ignored', () => {
  for (const query of ['service_name=instagram']) {
    const name = query.split(/[[=]/)[0] ?? '';
    assert.match(refused(query), new RegExp(`^${name}.* is not available yet: `));
  }
  toOptions(parseForm('interval=0&value=1&type=x&client=c&append=true&table_id=1&content_guessing=false&sql='));
});

test('a URL is the source, shown without user and password', () => {
  assert.deepEqual(source('url=https://u:p@example.org/a/b%2520c.csv?k=v&table_name=ignored'), {
    request: { kind: 'url', url: 'https://u:p@example.org/a/b%20c.csv?k=v' },
    originalUrl: 'https://example.org/a/b%20c.csv?k=v',
    displayName: 'b c.csv',
  });
  assert.equal(source('service_name=public_url&service_item_id=https://example.org/x').request.kind, 'url');
  assert.equal(source('api_key=k&client=c').request.kind, 'nothing');
});

test('a file of a cloud drive is a source by its service and its id', () => {
  assert.deepEqual(source('service_name=box&service_item_id=123').request, {
    kind: 'drive',
    service: 'box',
    itemId: '123',
  });
  assert.equal(
    message(() => source('service_name=box')),
    'service_item_id must name a file of box: list_files has its id',
  );
});

test('a URL that cannot be asked is refused with the URL in the sentence', () => {
  const refuse = () => {
    throw new Error('port');
  };
  assert.equal(
    message(() => toSource(parseForm('url=http://localhost:22/x'), null, refuse)),
    'Invalid URL, cannot connect dataset: http://localhost:22/x',
  );
  assert.equal(
    message(() => source('url=nonsense')),
    'Invalid URL, cannot connect dataset: nonsense',
  );
});

test('text where a file was meant is explained', () => {
  assert.match(
    message(() => source('file=data.csv')),
    /curl -F file=@data\.csv/,
  );
  assert.match(
    message(() => source('filename=data.csv')),
    /query/,
  );
});

test('user_defined_limits is JSON text with one whole number', () => {
  const of = (json: string) => toUserDefinedLimits(parseJson(json));
  assert.equal(toUserDefinedLimits(new Map()), '{"twitter_credits_limit":0}');
  assert.equal(of('{"user_defined_limits":{"twitter_credits_limit":7,"x":1}}'), '{"twitter_credits_limit":7}');
  assert.equal(of('{"user_defined_limits":"{\\"twitter_credits_limit\\":8}"}'), '{"twitter_credits_limit":8}');
  assert.equal(
    toUserDefinedLimits(parseForm('user_defined_limits[twitter_credits_limit]=9')),
    '{"twitter_credits_limit":9}',
  );
  for (const wrong of ['5', '"x"', '{"twitter_credits_limit":"x"}', '{"twitter_credits_limit":-1}', 'null']) {
    assert.equal(of(`{"user_defined_limits":${wrong}}`), '{"twitter_credits_limit":0}');
  }
});
