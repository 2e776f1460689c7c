/*
 * phone.cc -- the one C++ file: libphonenumber. It is thread-safe; nothing that it
 * throws leaves this file.
 */
#include "phone.h"

#include <cstdio>
#include <phonenumbers/phonenumberutil.h>
#include <phonenumbers/shortnumberinfo.h>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using i18n::phonenumbers::ShortNumberInfo;

namespace
{
void put(char *dst, size_t size, const std::string &src)
{
	(void)std::snprintf(dst, size, "%s", src.c_str());
}

void parse(struct cti_phone *p, const char *digits, const char *country)
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	PhoneNumber number;
	std::string text;

	if (util.Parse(digits, country, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
		!util.IsValidNumber(number))
		return;
	const PhoneNumberUtil::PhoneNumberType type = util.GetNumberType(number);
	p->premium = type == PhoneNumberUtil::PREMIUM_RATE ||
		     type == PhoneNumberUtil::SHARED_COST;
	util.GetRegionCodeForNumber(number, &text);
	put(p->region, sizeof(p->region), text);
	util.Format(number, PhoneNumberUtil::E164, &text);
	put(p->e164, sizeof(p->e164), text);
	util.Format(number, PhoneNumberUtil::NATIONAL, &text);
	put(p->national, sizeof(p->national), text);
	util.Format(number, PhoneNumberUtil::INTERNATIONAL, &text);
	put(p->international, sizeof(p->international), text);
	p->valid = true;
}
} // namespace

extern "C" void cti_phone_parse(
	struct cti_phone *p, const char *digits, const char *country)
{
	*p = cti_phone();
	try {
		parse(p, digits, country);
	} catch (...) { /* out of memory: no number */
		*p = cti_phone();
	}
}

extern "C" bool cti_phone_emergency(const char *digits, const char *country)
{
	static const ShortNumberInfo info;

	try {
		return info.IsEmergencyNumber(digits, country);
	} catch (...) {
		return false;
	}
}
