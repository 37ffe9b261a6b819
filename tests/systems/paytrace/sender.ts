// Sends payment events as a real sender does: each until it is answered 2xx, with pauses that grow, and never again
// once it was acknowledged. Whoever answered 2xx has the event; that list is what a receiver is held to.
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { eventText, type PaymentEvent, sign } from "./event.ts";

export interface Delivery {
  transactionId: string;
  status: number; // of the last answer; 0: none came
  body: string; // of the last answer
  attempts: number;
  acknowledged: boolean;
}

export interface SenderOptions {
  url: string;
  secret: string;
  attempts?: number; // in all, default 1000
  pause_ms?: number; // first pause, default 50; doubles up to 1 s
  timeout_ms?: number; // of one attempt, default 10 s
  /** Answers that end it although they are no 2xx: a real sender gives up on some; default none. */
  final?: (status: number) => boolean;
}

export class Sender {
  readonly options: SenderOptions;
  readonly acknowledged: Delivery[] = [];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(options: SenderOptions) {
    this.options = options;
  }

  async deliver(event: PaymentEvent, signal?: AbortSignal): Promise<Delivery> {
    const body = eventText(event);
    const delivery: Delivery = {
      transactionId: event.transactionId, status: 0, body: "", attempts: 0, acknowledged: false,
    };
    let pause = this.options.pause_ms ?? 50;
    while (delivery.attempts < (this.options.attempts ?? 1000) && signal?.aborted !== true) {
      if (delivery.attempts > 0) {
        await sleep(pause);
        pause = Math.min(pause * 2, 1000);
      }
      delivery.attempts += 1;
      try {
        const answer = await this.post(body);
        Object.assign(delivery, answer);
      } catch {
        delivery.status = 0; // refused, reset, or no answer in time
      }
      if (delivery.status >= 200 && delivery.status < 300) {
        delivery.acknowledged = true;
        this.acknowledged.push(delivery);
        return delivery;
      }
      if (this.options.final?.(delivery.status) === true) break;
    }
    return delivery;
  }

  /** One attempt. Rejects when the connection fails or no whole answer comes in time. */
  post(body: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const ask = request(this.options.url, {
        method: "POST", agent: this.#agent, timeout: this.options.timeout_ms ?? 10_000,
        headers: {
          "content-type": "application/json", "content-length": Buffer.byteLength(body),
          "user-agent": "PayTrace-Webhooks/1.0", "x-signature": sign(this.options.secret, body),
        },
      }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("end", () => {
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") });
        });
        answer.on("error", reject);
        answer.on("aborted", () => { reject(new Error("the answer was cut")); });
      });
      ask.on("timeout", () => ask.destroy(new Error("no answer in time")));
      ask.on("error", reject);
      ask.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
