/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/suffix.h"

#include <string.h>

#include "base/value_private.h"

#define LONGEST 24

/* Sorted. */
static const char *const suffixes[] = {
	"000webhostapp.com", "ac.at", "ac.cn", "ac.id", "ac.il", "ac.in",
	"ac.jp", "ac.ke", "ac.kr", "ac.nz", "ac.th", "ac.ug", "ac.uk", "ac.za",
	"ad.jp", "altervista.org", "appspot.com", "asn.au", "asso.fr",
	"azurewebsites.net", "blogspot.com", "cloudfront.net", "co.at",
	"co.hu", "co.id", "co.il", "co.in", "co.jp", "co.ke", "co.kr", "co.nz",
	"co.th", "co.ug", "co.uk", "co.za", "com.ar", "com.au", "com.bd",
	"com.bo", "com.br", "com.cn", "com.co", "com.cu", "com.cy", "com.do",
	"com.ec", "com.eg", "com.es", "com.fr", "com.gh", "com.gr", "com.gt",
	"com.hk", "com.mt", "com.mx", "com.my", "com.ng", "com.pa", "com.pe",
	"com.ph", "com.pk", "com.pl", "com.pt", "com.py", "com.ro", "com.ru",
	"com.sa", "com.sg", "com.tr", "com.tw", "com.ua", "com.uy", "com.ve",
	"com.vn", "ddns.net", "duckdns.org", "ed.jp", "edu.ar", "edu.au",
	"edu.bd", "edu.br", "edu.cn", "edu.co", "edu.eg", "edu.es", "edu.gr",
	"edu.hk", "edu.in", "edu.mt", "edu.mx", "edu.my", "edu.ng", "edu.pe",
	"edu.ph", "edu.pk", "edu.pl", "edu.pt", "edu.sa", "edu.sg", "edu.tr",
	"edu.tw", "edu.ua", "edu.vn", "firebaseapp.com", "firm.in", "fly.dev",
	"geek.nz", "gen.in", "gen.tr", "github.io", "gitlab.io", "glitch.me",
	"go.id", "go.jp", "go.ke", "go.kr", "go.th", "go.ug", "gob.ar",
	"gob.bo", "gob.do", "gob.ec", "gob.es", "gob.gt", "gob.mx", "gob.pa",
	"gob.pe", "gob.ve", "gouv.fr", "gov.au", "gov.bd", "gov.br", "gov.cn",
	"gov.co", "gov.cy", "gov.eg", "gov.gh", "gov.gr", "gov.hk", "gov.il",
	"gov.in", "gov.mt", "gov.my", "gov.ng", "gov.ph", "gov.pk", "gov.pl",
	"gov.pt", "gov.py", "gov.sa", "gov.sg", "gov.tr", "gov.tw", "gov.ua",
	"gov.uk", "gov.vn", "gov.za", "govt.nz", "gr.jp", "gub.uy", "gv.at",
	"herokuapp.com", "hopto.org", "id.au", "idv.hk", "idv.tw", "in.th",
	"ind.in", "lg.jp", "ltd.uk", "me.uk", "msk.ru", "muni.il", "my.id",
	"myftp.org", "myshopify.com", "ne.jp", "ne.kr", "net.ar", "net.au",
	"net.bd", "net.br", "net.cn", "net.co", "net.cy", "net.ec", "net.eg",
	"net.gr", "net.hk", "net.il", "net.in", "net.mx", "net.my", "net.nz",
	"net.pe", "net.ph", "net.pk", "net.pl", "net.ru", "net.sa", "net.sg",
	"net.tr", "net.tw", "net.ua", "net.uk", "net.uy", "net.ve", "net.vn",
	"net.za", "netlify.app", "nhs.uk", "nic.in", "nom.es", "nom.fr",
	"onrender.com", "or.at", "or.id", "or.jp", "or.ke", "or.kr", "or.th",
	"or.ug", "org.ar", "org.au", "org.bd", "org.bo", "org.br", "org.cn",
	"org.co", "org.cy", "org.do", "org.ec", "org.eg", "org.es", "org.gh",
	"org.gr", "org.gt", "org.hk", "org.hu", "org.il", "org.in", "org.mt",
	"org.mx", "org.my", "org.ng", "org.nz", "org.pa", "org.pe", "org.ph",
	"org.pk", "org.pl", "org.pt", "org.py", "org.ro", "org.ru", "org.sa",
	"org.sg", "org.tr", "org.tw", "org.ua", "org.uk", "org.uy", "org.ve",
	"org.vn", "org.za", "pages.dev", "pe.kr", "plc.uk", "police.uk",
	"r2.dev", "re.kr", "repl.co", "res.in", "sch.id", "sch.uk",
	"school.nz", "spb.ru", "sytes.net", "vercel.app", "waw.pl", "web.app",
	"web.id", "web.za", "wixsite.com", "workers.dev", "zapto.org"
};

/* The text of a name with two labels, where it may be in the table. */
static bool
two_labels(const uint8_t *key, size_t n, char out[LONGEST + 1])
{
	size_t first, second;

	if (n < 5)
		return false;
	first = key[0];
	if (first + 2 >= n)
		return false;
	second = key[1 + first];
	if (first + second + 3 != n || first + second + 1 > LONGEST)
		return false;
	memcpy(out, key + 1, first);
	out[first] = '.';
	memcpy(out + first + 1, key + first + 2, second);
	out[first + 1 + second] = '\0';
	return true;
}

bool
suffix_known(const uint8_t *key, size_t n)
{
	size_t low = 0, high = ARRAY_LEN(suffixes), mid;
	char text[LONGEST + 1];
	int order;

	if (CC_LIKELY(!two_labels(key, n, text)))
		return false;
	while (low < high) {
		mid = (low + high) / 2;
		order = strcmp(text, suffixes[mid]);
		if (order == 0)
			return true;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

size_t
suffix_wire(struct slice text, uint8_t out[SUFFIX_WIRE_MAX])
{
	uint8_t wire[DOMAIN_WIRE_MAX];
	size_t n;

	if (value_domain_wire(text, true, 0, wire, &n) != VALUE_OK ||
	    n > SUFFIX_WIRE_MAX)
		return 0;
	memcpy(out, wire, n);
	return n;
}
