import "pe"

rule sample_one {
    meta:
        author      = "Somebody"
        date        = "2026-02-22"
        yarahub_uuid = "5af54681-df95-4c26-854f-2565e13cfab0"
        yarahub_license = "CC0 1.0"
        yarahub_rule_matching_tlp = "TLP:WHITE"
        yarahub_rule_sharing_tlp = "TLP:WHITE"
        yarahub_reference_md5 = "0123456789abcdef0123456789abcdef"
        malware_family = "SampleRAT"
    strings:
        $a = "x" wide
    condition:
        $a and pe.is_pe
}
rule sample_two {
    meta:
        author      = "Somebody"
        date        = "2026-02-22"
        yarahub_uuid = "5af54681-df95-4c26-854f-2565e13cfab0"
        yarahub_license = "CC0 1.0"
        yarahub_rule_matching_tlp = "TLP:WHITE"
        yarahub_rule_sharing_tlp = "TLP:GREEN"
        yarahub_reference_md5 = "0123456789abcdef0123456789abcdef"
        malware_family = "Two"
    strings:
        $a = "x" wide
    condition:
        $a and pe.is_pe
}
