// The base of all elements: light DOM, and a new rendering when the session changes.
import { LitElement } from "lit";
import { session } from "../session";
import type { Session } from "../session";

export class PageElement extends LitElement {
  private quit: (() => void) | null = null;

  protected get session(): Session {
    return session();
  }

  override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.quit = session().listen(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.quit?.();
  }
}
