// SPDX-License-Identifier: EUPL-1.2
/** A run asked from the page: what happens, chosen; how far it is; stopped on demand. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError, fetchJson, send } from "../api";
import { asked, valueFrom } from "../event";
import { typeset } from "../format";
import { t } from "../i18n";
import type { Page } from "../page";
import type { InputSpec, Job, ProcessInfo } from "../types";
import { icon } from "./icons";
import { failed, ready } from "./states";

/** Time between two looks at a job [ms]. */
const PACE = 1000;
const GOES_ON = new Set<Job["status"]>(["accepted", "running"]);

export class JuRun extends LitElement {
  static override properties = {
    page: { attribute: false },
    process: {},
    chosen: { state: true },
    texts: { state: true },
    job: { state: true },
    error: { state: true },
    busy: { state: true },
  };
  declare page: Page;
  declare process: string;
  /** Input chosen; "" for the usual event. */
  declare chosen: string;
  declare texts: Readonly<Record<string, string>>;
  declare job: Job | null;
  declare error: ApiError | null;
  declare busy: boolean;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private told = 0;

  constructor() {
    super();
    this.chosen = "";
    this.texts = {};
    this.job = null;
    this.error = null;
    this.busy = false;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** A run that goes on is found again by whoever comes back to the page. */
  override connectedCallback(): void {
    super.connectedCallback();
    void this.find();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  private link(path: string): string {
    const url = new URL(this.page.link(path));
    url.searchParams.delete("at");
    return url.href;
  }

  private async find(): Promise<void> {
    try {
      const url = new URL(this.link("jobs"));
      url.searchParams.set("processID", this.process);
      const { jobs } = await fetchJson<{ jobs: Job[] }>(url.href, "no-store");
      const job = jobs.findLast(({ status }) => GOES_ON.has(status));
      if (job && !this.job) this.follow(job);
    } catch {
      // The page says elsewhere that the server is lost.
    }
  }

  private follow(job: Job): void {
    const before = this.job?.status;
    this.job = job;
    this.error = null;
    if (GOES_ON.has(job.status)) {
      this.timer = setTimeout(() => void this.look(), PACE);
      const quarter = Math.floor(job.progress / 25);
      if (quarter > this.told) this.page.announce(t("event.percent", { n: job.progress }));
      this.told = Math.max(this.told, quarter);
      return;
    }
    if (!before || !GOES_ON.has(before)) return;
    if (job.status === "successful") {
      this.page.announce(t("event.done"));
      this.page.refresh();
    } else if (job.status === "dismissed") this.page.announce(t("event.dismissed"));
  }

  private async look(): Promise<void> {
    if (!this.job || !this.isConnected) return;
    try {
      this.follow(await fetchJson<Job>(this.link(`jobs/${this.job.jobID}`), "no-store"));
    } catch (thrown) {
      const error = thrown as ApiError;
      if (error.status === 404) this.job = null;
      else this.timer = setTimeout(() => void this.look(), 5 * PACE);
    }
  }

  private readonly start = async (event: Event): Promise<void> => {
    event.preventDefault();
    const spec = this.spec(this.chosen);
    const text = this.texts[this.chosen] ?? this.example(spec);
    const inputs = spec ? { [this.chosen]: valueFrom(spec, text) } : {};
    this.told = 0;
    await this.act(async () => {
      const job = await send<Job>(this.link(`processes/${this.process}/execution`), "POST", {
        inputs,
      });
      this.page.announce(t("event.started"));
      this.follow(job);
    });
  };

  private readonly cancel = async (): Promise<void> => {
    const { job } = this;
    if (!job) return;
    clearTimeout(this.timer);
    await this.act(async () =>
      this.follow(await send<Job>(this.link(`jobs/${job.jobID}`), "DELETE")),
    );
  };

  private async act(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.error = null;
    try {
      await work();
    } catch (thrown) {
      this.error = thrown as ApiError;
    } finally {
      this.busy = false;
    }
  }

  private spec(name: string): InputSpec | undefined {
    const resource = this.page.read<ProcessInfo>(`processes/${this.process}`);
    return resource.status === "ok" ? resource.value.inputs[name] : undefined;
  }

  private example(spec: InputSpec | undefined): string {
    return String(spec?.schema.examples?.[0] ?? "");
  }

  protected override render(): TemplateResult | typeof nothing {
    const resource = this.page.read<ProcessInfo>(`processes/${this.process}`);
    return ready(
      this.page,
      resource,
      (process) => {
        const goes = this.job !== null && GOES_ON.has(this.job.status);
        return html`<details class="run" ?open=${this.job !== null || this.error !== null}>
        <summary>${t("event.title")}</summary>
        ${goes && this.job ? this.progress(this.job) : this.form(process)}
        ${this.error ? failed(this.error, () => this.forget()) : nothing}
      </details>`;
      },
      3,
    );
  }

  private forget(): void {
    this.error = null;
  }

  private form(process: ProcessInfo): TemplateResult {
    const inputs = asked(process);
    const spec = inputs.find(([name]) => name === this.chosen)?.[1];
    if (!process.executable)
      return html`<p class="quiet">${t("event.closed")}</p><p><code>jumeau serve DIR --runs</code></p>`;
    return html`${this.ended()}
      <form @submit=${this.start}>
        <label class="choice">${t("event.kind")}
          <select @change=${(event: Event) => {
            this.chosen = (event.target as HTMLSelectElement).value;
          }}>
            <option value="" ?selected=${!this.chosen}>${t("event.usual")}</option>
            ${inputs.map(
              ([name, { title }]) =>
                html`<option value=${name} ?selected=${name === this.chosen}>${title}</option>`,
            )}
          </select></label>
        ${spec ? this.line(this.chosen, spec) : nothing}
        <p class="actions"><button class="button button-main" ?disabled=${this.busy}>${icon("climate")} ${t("event.start")}</button></p>
      </form>`;
  }

  /** One line of text, what it means below it, an example in it. */
  private line(name: string, spec: InputSpec): TemplateResult {
    return html`<label class="choice">${spec.title}
        <input type="text" required aria-describedby="run-help" inputmode=${spec.schema.type === "string" ? "text" : "decimal"}
          maxlength=${spec.schema.maxLength ?? 40} .value=${this.texts[name] ?? this.example(spec)}
          @input=${(event: Event) => {
            this.texts = { ...this.texts, [name]: (event.target as HTMLInputElement).value };
          }} /></label>
      <p class="quiet" id="run-help">${typeset(spec.description)}</p>`;
  }

  private progress(job: Job): TemplateResult {
    const waits = job.status === "accepted";
    return html`<div class="run-progress">
      <label for="run-bar">${waits ? t("event.waits") : t("event.runs")}</label>
      <progress id="run-bar" max="100" .value=${waits ? 0 : job.progress}>${job.progress} %</progress>
      <p class="quiet">${t("event.percent", { n: job.progress })}${job.message ? ` · ${typeset(job.message)}` : ""}</p>
      <p class="actions"><button class="button" ?disabled=${this.busy} @click=${this.cancel}>${icon("close")} ${t("event.cancel")}</button></p>
    </div>`;
  }

  /** How the last run that was followed here ended. */
  private ended(): TemplateResult | typeof nothing {
    const { job } = this;
    if (!job) return nothing;
    if (job.status === "failed" && job.error) {
      const { code, what, why, remedy } = job.error;
      return failed(new ApiError(code, what, why, remedy), () => {
        this.job = null;
      });
    }
    const done = job.status === "successful";
    return html`<p class="notice ${done ? "notice-well" : ""}">${icon(done ? "check" : "informs")}
      <span>${t(done ? "event.done" : "event.dismissed")}</span></p>`;
  }
}

customElements.define("ju-run", JuRun);
