/**
 * A stand-in of SQL Server, written from the published protocol ([MS-TDS]): it lets one login in, and answers the
 * statements that it is given. It knows no SQL.
 */
import { createServer, type Socket } from 'node:net';

/** Columns and rows of an answer; whole numbers go as INTN, all else as NVARCHAR(MAX). */
export interface TdsAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** What a client asks: a statement, or the first parameter of a procedure. */
export interface TdsQuestion {
  /** null: a statement. */
  readonly procedure: string | null;
  readonly text: string;
}

export interface TdsServer extends AsyncDisposable {
  readonly port: number;
  /** What was asked, oldest first, without what drivers say to begin with. */
  readonly questions: readonly TdsQuestion[];
}

export interface TdsServerOptions {
  readonly user: string;
  readonly password: string;
  /** null: the statement is refused with error 208. */
  answer(question: TdsQuestion): TdsAnswer | null;
}

const HEAD_BYTES = 8;
/** Bytes of a packet, as both sides have it before anything else is agreed. */
const PACKET_BYTES = 4096;
const Packet = { batch: 1, rpc: 3, result: 4, attention: 6, login: 0x10, prelogin: 0x12 } as const;
const Token = {
  ...{ returnStatus: 0x79, columns: 0x81, error: 0xaa, loginAck: 0xad, row: 0xd1 },
  ...{ done: 0xfd, doneProc: 0xfe, doneInProc: 0xff },
} as const;
const Done = { final: 0, more: 1, error: 2, count: 0x10, attention: 0x20 } as const;
/** Latin1_General_CI_AS. */
const COLLATION = Buffer.from('0904d00034', 'hex');

const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};
const wide = (text: string): Buffer => Buffer.from(text, 'utf16le');
/** Text behind its length in characters, of one byte or of two. */
const short = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), wide(text)]);
const long = (text: string): Buffer => Buffer.concat([u16(text.length), wide(text)]);

const done = (token: number, status: number, rows = 0): Buffer =>
  Buffer.concat([Buffer.from([token]), u16(status), u16(0xc1), u64(BigInt(rows))]);

function errorToken(number: number, message: string): Buffer {
  const body = Buffer.concat([
    ...[u32(number), Buffer.from([1, 14]), long(message), short('stand-in'), short(''), u32(1)],
  ]);
  return Buffer.concat([Buffer.from([Token.error]), u16(body.length), body]);
}

/** A value of NVARCHAR(MAX): its length, pieces of it behind theirs, and an end (2.2.5.2.3, "PARTLENTYPE"). */
function pieces(text: string): Buffer {
  const bytes = wide(text);
  const parts: Buffer[] = [u64(BigInt(bytes.length))];
  for (let at = 0; at < bytes.length; at += 1000) {
    const piece = bytes.subarray(at, at + 1000);
    parts.push(u32(piece.length), piece);
  }
  return Buffer.concat([...parts, u32(0)]);
}

const NULL_PIECES = u64(0xffff_ffff_ffff_ffffn);

function rowsOf({ columns, rows }: TdsAnswer): Buffer {
  const isNumber = columns.map((_, i) => rows.some((row) => typeof row[i] === 'number'));
  const heads = columns.map((name, i) => {
    const type = isNumber[i] ? Buffer.from([0x26, 4]) : Buffer.concat([Buffer.from([0xe7]), u16(0xffff), COLLATION]);
    return Buffer.concat([u32(0), u16(1), type, short(name)]);
  });
  const values = rows.flatMap((row) => [
    Buffer.from([Token.row]),
    ...row.map((value, i) => {
      if (!isNumber[i]) return value === null ? NULL_PIECES : pieces(String(value));
      return value === null ? Buffer.from([0]) : Buffer.concat([Buffer.from([4]), u32(Number(value))]);
    }),
  ]);
  return Buffer.concat([
    ...[Buffer.from([Token.columns]), u16(columns.length), ...heads, ...values],
    done(Token.doneInProc, Done.more | Done.count, rows.length),
  ]);
}

/** User and password of a LOGIN7 (2.2.6.4); each byte of the password has its halves changed over, and 0xA5 upon it. */
function loginOf(body: Buffer): { readonly user: string; readonly password: string } {
  const bytesAt = (at: number): Buffer => {
    const start = body.readUInt16LE(at);
    return body.subarray(start, start + 2 * body.readUInt16LE(at + 2));
  };
  const password = bytesAt(44).map((byte) => {
    const plain = byte ^ 0xa5;
    return ((plain & 0x0f) << 4) | (plain >> 4);
  });
  return { user: bytesAt(40).toString('utf16le'), password: Buffer.from(password).toString('utf16le') };
}

/** The procedure of an RPC and its first parameter, an NVARCHAR (2.2.6.6). `sp_executesql` has the number 10. */
function questionOf(body: Buffer): TdsQuestion {
  let at = body.readUInt32LE(0);
  const nameLength = body.readUInt16LE(at);
  const isNumbered = nameLength === 0xffff;
  const procedure = isNumbered ? null : body.toString('utf16le', at + 2, at + 2 + 2 * nameLength);
  at += isNumbered ? 4 : 2 + 2 * nameLength;
  at += 2;
  at += 1 + 2 * (body[at] ?? 0) + 1;
  const size = body.readUInt16LE(at + 1);
  at += 3 + COLLATION.length;
  if (size !== 0xffff) return { procedure, text: body.toString('utf16le', at + 2, at + 2 + body.readUInt16LE(at)) };
  const parts: Buffer[] = [];
  for (at += 8; body.readUInt32LE(at) > 0; at += 4 + body.readUInt32LE(at)) {
    parts.push(body.subarray(at + 4, at + 4 + body.readUInt32LE(at)));
  }
  return { procedure, text: Buffer.concat(parts).toString('utf16le') };
}

/** VERSION and ENCRYPTION, which is not supported (2.2.6.5). */
const preloginAnswer = Buffer.from('00000b0006' + '0100110001' + 'ff' + '100000000000' + '02', 'hex');

function send(socket: Socket, body: Buffer): void {
  for (let at = 0; at === 0 || at < body.length; at += PACKET_BYTES - HEAD_BYTES) {
    const part = body.subarray(at, at + PACKET_BYTES - HEAD_BYTES);
    const head = Buffer.from([Packet.result, at + part.length >= body.length ? 1 : 0, 0, 0, 0, 0, 1, 0]);
    head.writeUInt16BE(HEAD_BYTES + part.length, 2);
    socket.write(Buffer.concat([head, part]));
  }
}

/** Starts it on loopback. Closes itself with `await using`. */
export async function startTds({ user, password, answer }: TdsServerOptions): Promise<TdsServer> {
  const questions: TdsQuestion[] = [];
  const sockets = new Set<Socket>();

  function respond(type: number, body: Buffer): Buffer {
    if (type === Packet.prelogin) return preloginAnswer;
    if (type === Packet.attention) return done(Token.done, Done.attention);
    if (type === Packet.login) {
      const login = loginOf(body);
      if (login.user !== user || login.password !== password) {
        const error = errorToken(18456, `Login failed for user '${login.user}'.`);
        return Buffer.concat([error, done(Token.done, Done.error)]);
      }
      const version = Buffer.from('74000004', 'hex');
      const ack = Buffer.concat([Buffer.from([1]), version, short('stand-in'), Buffer.from([16, 0, 0, 0])]);
      return Buffer.concat([Buffer.from([Token.loginAck]), u16(ack.length), ack, done(Token.done, Done.final)]);
    }
    // What drivers set after the login, and ask to know whether a connection lives.
    if (type === Packet.batch) return done(Token.done, Done.final);
    const question = questionOf(body);
    const isProbe = question.procedure === null && /^select 1;?$/i.test(question.text);
    if (!isProbe) questions.push(question);
    const found = isProbe ? { columns: [''], rows: [[1]] } : answer(question);
    const result = found === null ? errorToken(208, 'Invalid object name.') : rowsOf(found);
    const status = Buffer.concat([Buffer.from([Token.returnStatus]), u32(0)]);
    return Buffer.concat([result, status, done(Token.doneProc, found === null ? Done.error : Done.final)]);
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let held = Buffer.alloc(0);
    let message: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => {
      held = Buffer.concat([held, bytes]);
      while (held.length >= HEAD_BYTES && held.length >= held.readUInt16BE(2)) {
        const length = held.readUInt16BE(2);
        const [type = 0, status = 0] = held;
        message.push(held.subarray(HEAD_BYTES, length));
        held = held.subarray(length);
        if ((status & 1) === 0) continue;
        send(socket, respond(type, Buffer.concat(message)));
        message = [];
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    questions,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
