import {
  IsDate,
  IsDateTime,
  IsDuration,
  IsEmail,
  IsHostname,
  IsIPv4,
  IsIPv6,
  IsJsonPointer,
  IsTime,
  IsUri,
  IsUriReference,
  IsUuid,
} from "typebox/format";

/** The values of `format` that are checked; any other is refused, so that nobody believes it to be. */
export const formats: Readonly<Record<string, (text: string) => boolean>> = Object.freeze({
  date: IsDate,
  "date-time": IsDateTime,
  duration: IsDuration,
  email: IsEmail,
  hostname: IsHostname,
  ipv4: IsIPv4,
  ipv6: IsIPv6,
  "json-pointer": IsJsonPointer,
  time: IsTime,
  uri: IsUri,
  "uri-reference": IsUriReference,
  uuid: IsUuid,
});
