/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Names of cached answers. Personal data may stand in them: they live in memory only. */
export const keys = {
  me: ["me"] as const,
  campaigns: ["campaigns"] as const,
  campaign: (id: string) => ["campaign", id] as const,
  progress: (id: string) => ["campaign", id, "progress"] as const,
  imports: ["imports"] as const,
  import: (id: string) => ["import", id] as const,
  lists: ["lists"] as const,
  list: (id: string) => ["list", id] as const,
  criteria: ["criteria"] as const,
  clients: ["clients"] as const,
  client: (id: string) => ["client", id] as const,
  timeline: (id: string, kind: string) => ["client", id, "timeline", kind] as const,
  templates: ["templates"] as const,
  template: (id: string) => ["template", id] as const,
  promoPools: ["promo-pools"] as const,
  promoPool: (id: string) => ["promo-pool", id] as const,
  linkSettings: ["link-settings"] as const,
  messages: ["messages"] as const,
  message: (id: string) => ["message", id] as const,
};
