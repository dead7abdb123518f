import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ImportError } from '../errors.ts';
import { type Command, FRAMES_FD, type Frame, FrameKind, fromSent, type Message, readFrames } from './protocol.ts';
import type { ReaderProgram } from './reader-program.ts';

export interface ReaderLimits {
  /** Resident bytes above which the process is stopped (6666). */
  readonly memoryBytes: number;
  /** Wall clock and CPU seconds of one job (6667). */
  readonly seconds: number;
}

export interface ReaderOptions extends ReaderLimits {
  /** The project's root: its packages and the program are the only files a reader may read besides its folder. */
  readonly root: string;
  /** Where readers' folders are made. */
  readonly scratch: string;
  readonly onTrace: (trace: string) => void;
}

/** Debian's util-linux; elsewhere the watchdog below is the only bound on memory and time. */
const PRLIMIT = '/usr/bin/prlimit';

/** Between two looks at the memory of a reader at work. */
const WATCH_INTERVAL_MS = 200;

/** Below the server and the database: answers do not wait for files, and a reader works whenever they do not. */
const READER_PRIORITY = 10;

/** Writable address space beyond the resident bound: V8 maps generously and touches little of it. */
const ADDRESS_SPACE_SLACK_BYTES = 2 * 1024 ** 3;

function commandLine(options: ReaderOptions, program: ReaderProgram, folder: string): [string, string[]] {
  const node = [
    '--permission',
    `--allow-fs-read=${program.folder}`,
    `--allow-fs-read=${join(options.root, 'node_modules')}`,
    `--allow-fs-read=${join(options.root, 'package.json')}`,
    `--allow-fs-read=${folder}`,
    `--allow-fs-write=${folder}`,
    `--max-old-space-size=${Math.floor(options.memoryBytes / 1024 ** 2)}`,
    program.entry,
  ];
  if (!existsSync(PRLIMIT)) return [process.execPath, node];
  const bounds = [
    '--core=0',
    `--cpu=${options.seconds}`,
    `--data=${options.memoryBytes + ADDRESS_SPACE_SLACK_BYTES}`,
    '--nofile=256',
  ];
  return [PRLIMIT, [...bounds, process.execPath, ...node]];
}

/** Where a reader keeps the compiled code of the program. */
const codeCacheOf = (folder: string): string => join(folder, 'code');

/** One reader process with a folder of its own; it serves one job and is then ended. */
export class ReaderProcess implements AsyncDisposable {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #frames: AsyncGenerator<Frame>;
  readonly #exited: Promise<void>;
  readonly #options: ReaderOptions;
  /** From a command to read a layer until its last message. */
  #isReading = false;
  #stoppedBy: 'memory' | 'time' | null = null;
  #memoryWatch: NodeJS.Timeout | null = null;
  #timeLimit: NodeJS.Timeout | null = null;
  /** Frames that are on their way, or were taken from the pipe before anybody asked. */
  #ahead: Promise<IteratorResult<Frame>>[] = [];
  #isTakenAhead = false;

  private constructor(options: ReaderOptions, program: ReaderProgram, folder: string) {
    this.folder = folder;
    this.#options = options;
    const [command, args] = commandLine(options, program, folder);
    const env = { NODE_COMPILE_CACHE: codeCacheOf(folder) };
    this.#child = spawn(command, args, { cwd: folder, env, stdio: ['pipe', 'ignore', 'pipe', 'pipe'] });
    if (this.#child.pid !== undefined) setPriority(this.#child.pid, READER_PRIORITY);
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
    this.#child.stdin?.on('error', () => {});
    this.#child.stderr?.on('data', (text: Buffer) => options.onTrace(text.toString()));
    this.#frames = readFrames(this.#child.stdio[FRAMES_FD] as Readable);
  }

  /**
   * Starts a process and waits until it takes commands. `codeCache` is the folder of another's compiled code; each
   * process gets a copy, because one that was taken over could write into it what the next would run.
   */
  static async start(options: ReaderOptions, program: ReaderProgram, codeCache: string | null): Promise<ReaderProcess> {
    const folder = join(options.scratch, `reader-${randomUUID()}`);
    await mkdir(codeCacheOf(folder), { recursive: true, mode: 0o700 });
    if (codeCache !== null) await cp(codeCache, codeCacheOf(folder), { recursive: true });
    const reader = new ReaderProcess(options, program, folder);
    try {
      const message = await reader.message();
      if (message.type !== 'ready') throw new Error(`a reader began with ${message.type}`);
      return reader;
    } catch (error) {
      await reader[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Lets a reader without a job end by itself, so that it writes its compiled code, which is then the caller's. */
  async finish(): Promise<string> {
    this.#child.stdin?.end();
    await this.#exited;
    return codeCacheOf(this.folder);
  }

  /** From here on the job's bound of memory counts. */
  boundMemory(): void {
    this.#memoryWatch ??= setInterval(() => void this.#watchMemory(), WATCH_INTERVAL_MS).unref();
  }

  /** From here on, if not before, the job's bound of time counts. */
  boundTime(): void {
    this.#timeLimit ??= setTimeout(() => this.#stop('time'), this.#options.seconds * 1000).unref();
  }

  /** Takes frames out of the pipe before they are asked for, up to so many bytes, so that the reader need not wait. */
  takeAhead(maxBytes: number): void {
    this.#isTakenAhead = true;
    const fill = async (): Promise<void> => {
      for (let held = 0; this.#isTakenAhead && held < maxBytes; ) {
        const next = this.#frames.next();
        this.#ahead.push(next);
        const { done, value } = await next;
        if (done === true) return;
        held += value.payload.length;
      }
    };
    fill().catch(() => undefined);
  }

  /** Whether the process answers: that it has ended is heard of later than it happens. */
  async answers(): Promise<boolean> {
    try {
      await this.send({ type: 'greet' });
      return (await this.message()).type === 'ready';
    } catch (error) {
      if (error instanceof ImportError) return false;
      throw error;
    }
  }

  /** Whether the process still runs. */
  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#stoppedBy === null;
  }

  /** Gives a command. What the reader still says about a layer that was given up on this side is taken first. */
  async send(command: Command): Promise<void> {
    while (this.#isReading) {
      const frame = await this.frame();
      if (frame.kind === FrameKind.message) this.#take(frame);
    }
    this.#isReading = command.type === 'read' || command.type === 'analyze';
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  /** The next frame. A reader that ended without one is an ImportError that says why it ended. */
  async frame(): Promise<Frame> {
    this.#isTakenAhead = false;
    const frame = this.#ahead.shift() ?? this.#frames.next();
    const next = await frame.catch(() => ({ done: true, value: undefined }) as const);
    if (next.done !== true) return next.value;
    await this.#exited;
    throw this.#ending();
  }

  /** The next frame as a message; an error message is thrown. */
  async message(): Promise<Message> {
    const frame = await this.frame();
    if (frame.kind !== FrameKind.message) throw new Error('a reader sent rows where a message was due');
    return this.parse(frame);
  }

  parse(frame: Frame): Message {
    const message = this.#take(frame);
    if (message.type !== 'error') return message;
    if (message.trace !== undefined) this.#options.onTrace(message.trace);
    throw fromSent(message);
  }

  #take(frame: Frame): Message {
    const message = JSON.parse(frame.payload.toString()) as Message;
    if (message.type === 'end' || message.type === 'error') this.#isReading = false;
    return message;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#memoryWatch ?? undefined);
    clearTimeout(this.#timeLimit ?? undefined);
    this.#child.kill('SIGKILL');
    await this.#exited;
    await rm(this.folder, { recursive: true, force: true });
  }

  async #watchMemory(): Promise<void> {
    // Second field of statm: resident pages. Where there is no /proc, --max-old-space-size is the bound.
    const statm = await readFile(`/proc/${this.#child.pid}/statm`, 'utf8').catch(() => '');
    const pages = Number(statm.split(' ')[1] ?? 0);
    if (pages * 4096 > this.#options.memoryBytes) this.#stop('memory');
  }

  #stop(reason: 'memory' | 'time'): void {
    this.#stoppedBy ??= reason;
    this.#child.kill('SIGKILL');
  }

  #ending(): ImportError {
    const { signalCode, exitCode } = this.#child;
    if (this.#stoppedBy === 'time' || signalCode === 'SIGXCPU') {
      return new ImportError('importTimeout', {
        detail: `Reading the file took longer than ${this.#options.seconds} seconds and was stopped.`,
        hint: 'Split the file, or ask the operator to raise LANDFALL_IMPORT_TIMEOUT.',
      });
    }
    // 134: V8 ends with SIGABRT when its heap is full.
    if (this.#stoppedBy === 'memory' || signalCode === 'SIGABRT' || exitCode === 134) {
      return new ImportError('fileTooBig', {
        detail: `Reading the file needed more than ${Math.floor(this.#options.memoryBytes / 1024 ** 2)} MB of memory.`,
        hint: 'Split its largest features or cells, or ask the operator to raise LANDFALL_READER_MEMORY.',
      });
    }
    return new ImportError('loadFailed', {
      detail: `The process that reads the file ended unexpectedly (${signalCode ?? `status ${exitCode}`}).`,
      hint: 'Try again; if it happens again, report the file.',
    });
  }
}
