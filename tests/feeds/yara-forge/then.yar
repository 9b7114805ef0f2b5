/*
 * YARA-Forge YARA Rule Package
 * https://github.com/YARAHQ/yara-forge
 *
 * Force Exclude Importance Level: 10
 * Rule Count: 3
 */

/* Rules of: rule Ghost { is no rule } */
import "pe"
import "math"
import "hash"

private rule AUTHOR_Helper_Exe : FILE
{
	meta:
		description = "Detects AUTHOR_Helper_Exe \"samples\" with { braces } // in it"
		author = "Somebody"
		id = "5af54681-df95-5c26-854f-2565e13cfab0"
		date = "2024-01-05"
		modified = "2024-02-06"
		reference = "https://example.com/a//b"
		license_url = "https://example.com/LICENSE"
		hash = "0123456789abcdef"
		score = 50
		quality = 85
		tags = "FILE"

	strings:
		$s1 = "cmd.exe /c \\" fullword wide ascii
		$h1 = { 4D 5A ?? [2-8] ( 90 | 91 ) }
		$r1 = /https?:\/\/[a-z]{4,8}\.example\//

	condition:
		uint16( 0 ) == 0x5A4D and all of them
}
rule AUTHOR_APT_Sample_Jan24 : FILE
{
	meta:
		description = "Detects AUTHOR_APT_Sample_Jan24 \"samples\" with { braces } // in it"
		author = "Somebody"
		id = "5af54681-df95-5c26-854f-2565e13cfab0"
		date = "2024-01-05"
		modified = "2024-02-06"
		reference = "https://example.com/a//b"
		license_url = "https://example.com/LICENSE"
		hash = "0123456789abcdef"
		score = 90
		quality = 85
		tags = "FILE"

	strings:
		$s1 = "cmd.exe /c \\" fullword wide ascii
		$h1 = { 4D 5A ?? [2-8] ( 90 | 91 ) }
		$r1 = /https?:\/\/[a-z]{4,8}\.example\//

	condition:
		AUTHOR_Helper_Exe and pe.number_of_sections > 2 and 3 of them
}
rule AUTHOR_MAL_New : FILE
{
	meta:
		description = "Detects AUTHOR_MAL_New \"samples\" with { braces } // in it"
		author = "Somebody"
		id = "5af54681-df95-5c26-854f-2565e13cfab0"
		date = "2024-01-05"
		modified = "2024-02-06"
		reference = "https://example.com/a//b"
		license_url = "https://example.com/LICENSE"
		hash = "0123456789abcdef"
		score = 75
		quality = 85
		tags = "FILE"

	strings:
		$s1 = "cmd.exe /c \\" fullword wide ascii
		$h1 = { 4D 5A ?? [2-8] ( 90 | 91 ) }
		$r1 = /https?:\/\/[a-z]{4,8}\.example\//

	condition:
		math.entropy(0, filesize) > 7 and all of them
}
