// SPDX-License-Identifier: AGPL-3.0-or-later
// phone_world - see phone_world.h.
//
// The only exception the library can throw is std::bad_alloc; nobody catches it and the process
// ends, as it does in mem_*.
#include "common/sms/phone_world.h"

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <cstdlib>
#include <cstring>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace
{

const char kNoRegion[] = "ZZ";	    // libphonenumber: unknown
const char kGlobalRegion[] = "001"; // satellites, universal numbers

enum msisdn_kind kind_of(PhoneNumberUtil::PhoneNumberType type)
{
	switch (type) {
	case PhoneNumberUtil::MOBILE:
		return MSISDN_MOBILE;
	case PhoneNumberUtil::FIXED_LINE:
		return MSISDN_FIXED;
	case PhoneNumberUtil::TOLL_FREE:
		return MSISDN_TOLL_FREE;
	case PhoneNumberUtil::PREMIUM_RATE:
	case PhoneNumberUtil::SHARED_COST:
	case PhoneNumberUtil::PAGER:
	case PhoneNumberUtil::UAN:
	case PhoneNumberUtil::VOICEMAIL:
		return MSISDN_SPECIAL;
	default: // also FIXED_LINE_OR_MOBILE, VOIP and PERSONAL_NUMBER, which may well take SMS
		return MSISDN_OTHER;
	}
}

// NO_COUNTRY, IMPOSSIBLE or POSSIBLE.
enum phone_world_verdict parse(const PhoneNumberUtil &util, int64_t digits, PhoneNumber *number)
{
	std::string region;

	switch (util.Parse("+" + std::to_string(digits), kNoRegion, number)) {
	case PhoneNumberUtil::NO_PARSING_ERROR:
		break;
	case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
		return PHONE_WORLD_NO_COUNTRY;
	default:
		return PHONE_WORLD_IMPOSSIBLE;
	}
	util.GetRegionCodeForCountryCode(number->country_code(), &region);
	if (region == kNoRegion || region == kGlobalRegion)
		return PHONE_WORLD_NO_COUNTRY;
	return util.IsPossibleNumberWithReason(*number) == PhoneNumberUtil::IS_POSSIBLE
		       ? PHONE_WORLD_POSSIBLE
		       : PHONE_WORLD_IMPOSSIBLE;
}

int64_t e164(const PhoneNumberUtil &util, const PhoneNumber &number)
{
	std::string text;

	util.Format(number, PhoneNumberUtil::E164, &text);
	return std::strtoll(text.c_str() + 1, nullptr, 10); // behind the plus
}

} // namespace

void phone_world_judge(int64_t digits, struct phone_world *out)
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	PhoneNumberUtil::PhoneNumberType type;
	PhoneNumber number;
	std::string region;

	*out = phone_world{};
	out->asked = digits;
	out->kind = MSISDN_OTHER;
	out->verdict = parse(util, digits, &number);
	if (out->verdict < PHONE_WORLD_POSSIBLE)
		return;
	out->msisdn = e164(util, number);
	// A code of several countries tells which only when the range is known.
	util.GetRegionCodeForNumber(number, &region);
	if (region.size() == 2 && region != kNoRegion)
		std::memcpy(out->country, region.c_str(), sizeof(out->country));
	// A number is valid when it has a type; IsValidNumber() would search for it once more.
	type = util.GetNumberType(number);
	if (type != PhoneNumberUtil::UNKNOWN)
		out->verdict = PHONE_WORLD_VALID;
	out->kind = kind_of(type);
}
