/* view/login.ts -- name and password. What was typed survives a failed try. */
import { HttpError } from "@ringbridge/sdk";
import type { App } from "../app.js";
import { h, text } from "../dom.js";
import { t } from "../i18n/index.js";

function failure(e: unknown): string {
  const status = e instanceof HttpError ? e.status : 0;
  if (status === 401) return t("login.wrong");
  if (status === 429) return t("login.many");
  return status >= 500 ? t("login.database") : t("login.away");
}

export function loginView(app: App): HTMLElement {
  const name = h("input", { attrs: {
    id: "name", name: "name", autocomplete: "username", required: "", autocapitalize: "none", spellcheck: "false",
  } });
  const password = h("input", { attrs: {
    id: "password", name: "password", type: "password", autocomplete: "current-password", required: "",
  } });
  const error = h("p", { class: "login-error", attrs: { role: "alert" } });
  const submit = h("button", { class: "button main", attrs: { type: "submit" } }, t("login.submit"));
  const go = async (e: Event): Promise<void> => {
    e.preventDefault();
    submit.disabled = true;
    text(submit, t("login.busy"));
    text(error, "");
    try {
      app.enter(await app.rest.login(name.value.trim(), password.value));
    } catch (problem) {
      text(error, failure(problem));
      password.select();
    }
    submit.disabled = false;
    text(submit, t("login.submit"));
  };
  return h("main", { class: "login" },
    h("form", { attrs: { "aria-labelledby": "login-title" }, on: { submit: (e: Event) => void go(e) } },
      h("img", { attrs: { src: "icon.svg", alt: "", width: "40", height: "40" } }),
      h("h1", { attrs: { id: "login-title" } }, t("app.name")),
      h("label", { attrs: { for: "name" } }, t("login.name")), name,
      h("label", { attrs: { for: "password" } }, t("login.password")), password,
      error, submit));
}
