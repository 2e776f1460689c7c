/* chrome.d.ts -- the part of the extension interface that we use (Manifest V3). */
declare namespace chrome {
  interface Event<F> { addListener(f: F): void }
  interface Area {
    get(keys: string | string[] | null): Promise<Record<string, unknown>>;
    set(values: Record<string, unknown>): Promise<void>;
  }
  const storage: { local: Area; session: Area; onChanged: Event<(c: Record<string, unknown>, area: string) => void> };
  const alarms: {
    create(name: string, o: { periodInMinutes?: number; when?: number }): Promise<void>;
    onAlarm: Event<(a: { name: string }) => void>;
  };
  const notifications: {
    create(id: string, o: { type: "basic"; iconUrl: string; title: string; message: string; priority?: number }): Promise<string>;
    update(id: string, o: { title?: string; message?: string }): Promise<boolean>;
    clear(id: string): Promise<boolean>;
    onClicked: Event<(id: string) => void>;
  };
  const contextMenus: {
    create(o: { id: string; title: string; contexts: string[] }, done?: () => void): void;
    onClicked: Event<(i: { selectionText?: string }) => void>;
  };
  const runtime: {
    id: string;
    lastError?: unknown;
    getURL(path: string): string;
    openOptionsPage(): Promise<void>;
    sendMessage(m: unknown): Promise<unknown>;
    onMessage: Event<(m: unknown, from: unknown, answer: (a: unknown) => void) => boolean | undefined>;
    onInstalled: Event<() => void>;
    onStartup: Event<() => void>;
  };
  const tabs: { create(o: { url: string }): Promise<unknown> };
  const action: { setBadgeText(o: { text: string }): Promise<void>; onClicked: Event<() => void> };
  const i18n: { getMessage(name: string, words?: string | string[]): string; getUILanguage(): string };
}
