// The controls: the feature switch of each account, the faults, and where the services listen.

import { call } from "./admin.js";
import { byId, element, keep, oneAtATime, shortSid } from "./dom.js";

const MOST_ACCOUNTS = 200;
const NAMES = { starship: "Starship", orchestrator: "Orchestrator", "federated-auth": "FederatedAuth", "scoped-auth": "ScopedAuth" };

let accounts = [];

/** Wires the controls. `attempt` runs an action and tells its failure. */
export function wire(attempt) {
  byId("accounts").addEventListener("click", ({ target }) => {
    const button = target.closest("[role=switch]");
    if (button) attempt(() => toggle(button));
  });
  byId("fault-form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(addFault);
  });
  byId("fault-kind").addEventListener("change", offerValue);
  byId("faults").addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button) attempt(() => call("DELETE", `/api/faults/${button.value}`).then(readFaults));
  });
  byId("clear-faults").addEventListener("click", () => attempt(() => call("DELETE", "/api/faults").then(readFaults)));
  offerValue();
}

export const readAccounts = oneAtATime(async () => {
  accounts = await call("GET", "/api/accounts");
  drawAccounts();
});

export const readFaults = oneAtATime(async () => drawFaults(await call("GET", "/api/faults")));

export const readServices = oneAtATime(async () => {
  const { participants } = await call("GET", "/api/ready");
  const row = () => element("li", {}, element("b"), element("code"));
  keep(byId("services"), Object.entries(participants), ([key]) => key, row, (line, [key, { address, played }]) => {
    line.firstChild.textContent = NAMES[key] ?? key;
    line.lastChild.textContent = played ? address : `${address ?? "elsewhere"}, not played`;
  });
});

async function toggle(button) {
  const feature = button.getAttribute("aria-checked") === "true" ? "off" : "on";
  const account = await call("POST", `/api/accounts/${button.value}/feature`, { feature });
  accounts = accounts.map((each) => (each.account_sid === account.account_sid ? account : each));
  drawAccounts();
}

function drawAccounts() {
  const shown = accounts.slice(0, MOST_ACCOUNTS);
  keep(byId("accounts"), shown, (account) => account.account_sid, accountRow, updateAccount);
  byId("more-accounts").textContent = accounts.length > shown.length ? `and ${accounts.length - shown.length} more` : "";
  const choices = [{ account_sid: "" }, ...shown];
  keep(byId("fault-account"), choices, (account) => account.account_sid, () => element("option"), (option, { account_sid: sid }) => {
    option.value = sid;
    option.textContent = sid ? shortSid(sid) : "any account";
  });
}

function accountRow({ account_sid: sid }) {
  const control = element("button", { type: "button", role: "switch", value: sid }, element("span", { class: "word" }));
  return element("li", {}, element("code", { title: sid }, shortSid(sid)), element("small"), control);
}

function updateAccount(row, { account_sid: sid, feature, fingerprint_sensitivity: sensitivity, allowed_origins: origins, address_sid: address }) {
  const [, told, control] = row.children;
  const bounds = origins?.length ? `, ${origins.length} ${origins.length === 1 ? "origin" : "origins"}` : "";
  told.textContent = `${sensitivity}${bounds}${address ? "" : ", no address"}`;
  control.setAttribute("aria-checked", String(feature === "on"));
  control.setAttribute("aria-label", `Feature of ${sid}`);
  control.firstChild.textContent = feature;
}

/** A fault that has a value is offered with a usual one. */
function offerValue() {
  const usual = byId("fault-kind").selectedOptions[0].dataset.value;
  byId("fault-value").disabled = !usual;
  byId("fault-value").value = usual ?? "";
}

async function addFault() {
  const value = byId("fault-value").value.trim();
  const times = byId("fault-times").valueAsNumber;
  const account = byId("fault-account").value;
  const fault = byId("fault-kind").value + (value ? `=${value}` : "");
  const asked = { hop: byId("fault-hop").value, fault };
  if (times > 0) asked.times = times;
  if (account) asked.match = { account };
  await call("POST", "/api/faults", asked);
  await readFaults();
}

function drawFaults(faults) {
  const row = ({ id }) => element("li", {}, element("b"), element("small"),
    element("button", { type: "button", value: id, "aria-label": `Remove fault ${id}`, title: "Remove" }, "✕"));
  keep(byId("faults"), faults, (fault) => fault.id, row, (line, fault) => {
    line.children[0].textContent = `${NAMES[fault.hop] ?? fault.hop} ${fault.fault}`;
    line.children[1].textContent = limitsOf(fault);
    line.classList.toggle("spent", fault.left === 0);
  });
  byId("no-faults").hidden = faults.length > 0;
  byId("clear-faults").disabled = faults.length === 0;
}

function limitsOf({ match, probability, times, left, met }) {
  const header = match?.header ? `${match.header.name}: ${match.header.value}` : null;
  const limits = [
    match?.account ? shortSid(match.account) : null,
    match?.deployment_key ?? null,
    match?.token ?? null,
    header,
    probability < 1 ? `at ${Math.round(probability * 100)} %` : null,
    Number.isInteger(times) ? `${left} of ${times} left` : "every time",
    met ? `met ${met}` : null,
  ];
  return limits.filter(Boolean).join(", ");
}
