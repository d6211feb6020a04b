/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The nouns of the API under the names pages use. */
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Id = string;
export type Me = Schemas["Me"];
export type Right = Schemas["Right"];
export type Campaign = Schemas["Campaign"];
export type CampaignStatus = Schemas["CampaignStatus"];
export type Progress = Schemas["Progress"];
export type Client = Schemas["Client"];
export type Import = Schemas["Import"];
export type ImportStatus = Import["status"];
export type ImportField = Schemas["ImportField"];
export type Attribute = Schemas["Attribute"];
export type AttributeType = Attribute["type"];
export type Purpose = Schemas["Purpose"];
export type ConsentText = Schemas["ConsentText"];
export type Sender = Schemas["SenderItem"];
export type SenderDetail = Schemas["SenderDetail"];
export type SenderRegistration = Schemas["SenderRegistration"];
export type TextRegistration = Schemas["TextRegistration"];
export type SenderRules = Schemas["SenderRules"];
export type Tariff = Schemas["Tariff"];
export type RouteRule = Schemas["RouteRule"];
export type AccountRoute = Schemas["AccountRoute"];
export type OperatorContract = Schemas["OperatorContract"];
export type Invoice = Schemas["Invoice"];
export type MessageCategory = Schemas["Category"];
export type MessageClass = Schemas["Class"];
export type Source = Schemas["Source"];
export type SourceKind = Source["kind"];
export type SourceRun = Schemas["SourceRun"];
export type AccountState = Schemas["AccountState"];
export type Trouble = Schemas["Trouble"];
export type Provider = Schemas["Provider"];
export type ProviderProfile = Schemas["ProviderProfile"];
export type AccountSetting = Schemas["AccountSetting"];
export type Message = Schemas["Message"];
export type MessageEvent = Schemas["Event"];
/* What a message shows: a state, or that it was suppressed. */
export type MessageState = Schemas["MessageState"] | "suppressed";
