/** What an owner may hang on a table of columns `id` and `name` that runs when its rows are written. */
export interface OwnTrigger {
  readonly what: string;
  /** Whether rows of ours stay as they were sent, so that the next difference is found by fingerprints. */
  readonly isHarmless: boolean;
  /** Statements that make it on the table `t`; `f` is free as the beginning of names. */
  readonly make: (t: string, f: string) => string;
}

interface How {
  readonly when?: string;
  readonly each?: 'row' | 'statement';
  /** At the end of the transaction. */
  readonly isLate?: boolean;
}

/** A trigger whose function has this body, in which T stands for the table. */
const trigger =
  (body: string, { when = 'after insert or update or delete', each = 'row', isLate = false }: How = {}) =>
  (t: string, f: string): string =>
    `create function ${f}() returns trigger language plpgsql as $$ begin ${body.replaceAll('T', t)} return null; end $$;
    create ${isLate ? 'constraint' : ''} trigger own ${when} on ${t} ${isLate ? 'deferrable initially deferred' : ''}
      for each ${each} execute function ${f}();`;

const before: How = { when: 'before insert or update' };
const mark = `if new.name in ('B', 'e') then update T set name = name || '!' where cartodb_id = new.cartodb_id; end if;`;
const elsewhere = `if pg_trigger_depth() = 1 then update T set name = 'z' where id = 1; end if;`;
const written: How = { when: 'after insert or update' };
const own = (t: string): string => `alter table ${t} add column own text;`;

/** Triggers and foreign keys, by what they do to rows. */
export const ownTriggers: readonly OwnTrigger[] = [
  {
    what: 'writes a log for each statement',
    isHarmless: true,
    make: (t, f) =>
      `create table ${f}_log (what text); ${trigger(`insert into ${f}_log values (tg_op);`, { each: 'statement' })(t, f)}`,
  },
  {
    what: 'writes a column of the owner into the row before it is written',
    isHarmless: true,
    make: (t, f) => own(t) + trigger(`new.own = upper(new.name); return new;`, before)(t, f),
  },
  {
    what: 'writes a column of the owner into the row after it was written',
    isHarmless: true,
    make: (t, f) =>
      own(t) +
      trigger(`if new.own is null then update T set own = name where cartodb_id = new.cartodb_id; end if;`, written)(
        t,
        f,
      ),
  },
  {
    what: 'makes another value of ours before it is written',
    isHarmless: false,
    make: trigger(`new.name = upper(new.name); return new;`, before),
  },
  { what: 'makes another value of ours after it was written', isHarmless: false, make: trigger(mark, written) },
  {
    what: 'makes another value of ours at the end of the transaction',
    isHarmless: false,
    make: trigger(mark, { ...written, isLate: true }),
  },
  {
    what: 'makes another value of ours by a log that does so at the end of the transaction',
    isHarmless: false,
    make: (t, f) => `
      create table ${f}_log (name text, cartodb_id bigint);
      ${trigger(mark.replaceAll('T', t), { when: 'after insert', isLate: true })(`${f}_log`, `${f}_late`)}
      ${trigger(`insert into ${f}_log values (new.name, new.cartodb_id);`, written)(t, f)}`,
  },
  {
    what: 'makes another value of ours in a row that was not written',
    isHarmless: false,
    make: trigger(elsewhere, { each: 'statement' }),
  },
  {
    what: 'makes another value of ours before the statement writes',
    isHarmless: false,
    make: trigger(elsewhere, {
      when: 'before insert',
      each: 'statement',
    }),
  },
  {
    what: 'leaves out a row',
    isHarmless: false,
    make: trigger(`if new.name = 'e' then return null; end if; return new;`, { when: 'before insert' }),
  },
  {
    what: 'leaves out a change of a row',
    isHarmless: false,
    make: trigger(`if new.name = 'B' then return null; end if; return new;`, { when: 'before update' }),
  },
  { what: 'keeps a row that is to go', isHarmless: false, make: trigger('', { when: 'before delete' }) },
  {
    what: 'puts another row in the place of one',
    isHarmless: false,
    make: trigger(`delete from T where id = 3; insert into T (id, name) values (33, 'x');`, { when: 'after delete' }),
  },
  {
    what: 'gives a row another id',
    isHarmless: true,
    make: trigger(`new.cartodb_id = 1000 + new.id; return new;`, { when: 'before insert' }),
  },
  {
    what: 'undoes in part what it wrote',
    isHarmless: true,
    make: trigger(
      `if pg_trigger_depth() = 1 then begin update T set name = 'z' where cartodb_id = new.cartodb_id; raise exception 'x';
        exception when others then null; end; end if;`,
      written,
    ),
  },
  {
    what: 'follows a foreign key to another row of the table',
    isHarmless: false,
    make: (t) => `
      alter table ${t} add unique (id), add foreign key (parent) references ${t} (id)
        on delete set null on update cascade deferrable initially deferred`,
  },
];
