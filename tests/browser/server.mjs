// SPDX-License-Identifier: EUPL-1.2
// Starts and stops `jumeau serve` as an operator would, for scenarios that need it to fail.

import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

export class Server {
  /** Serves a territory on a port (any free one by default). */
  static async start(python, folder, port = 0, ...words) {
    const child = spawn(python, ["-m", "jumeau", "serve", folder, "--port", String(port), ...words], { stdio: ["ignore", "pipe", "ignore"] });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const line = new Promise((resolve) => createInterface(child.stdout).once("line", resolve));
    const address = await Promise.race([line, ended.then(() => null)]);
    if (!address) throw new Error("jumeau serve did not answer");
    return new Server(child, ended, address);
  }

  constructor(child, ended, address) {
    Object.assign(this, { child, ended, address, port: new URL(address).port });
  }

  async stop(signal = "SIGKILL") {
    this.child.kill(signal);
    await this.ended;
  }
}

/** Runs a command of Jumeau to its end. */
export function command(python, ...words) {
  return promisify(execFile)(python, ["-m", "jumeau", ...words]);
}
