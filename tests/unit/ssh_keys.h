/*
 * Keys made for these tests and used nowhere else: they open nothing. The passphrase of the encrypted
 * ones is "open sesame".
 */
#ifndef TESTS_UNIT_SSH_KEYS_H
#define TESTS_UNIT_SSH_KEYS_H

static const char ed25519_public[] =
	"AAAAC3NzaC1lZDI1NTE5AAAAIChrfk5xtKmZv2KcQ1943Jly4wIaKA0UVcu5krBTJ3V9";

static const char ed25519_spki[] = "MCowBQYDK2VwAyEAKGt+TnG0qZm/YpxDX3jcmXLjAhooDRRVy7mSsFMndX0=";

static const char ed25519_plain[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
	"QyNTUxOQAAACAoa35OcbSpmb9inENfeNyZcuMCGigNFFXLuZKwUyd1fQAAAJAvnVHpL51R\n"
	"6QAAAAtzc2gtZWQyNTUxOQAAACAoa35OcbSpmb9inENfeNyZcuMCGigNFFXLuZKwUyd1fQ\n"
	"AAAEDNoLFfesIOL6bdjn84C6S7nANwGCaiQ7RwMPxA/gwmCihrfk5xtKmZv2KcQ1943Jly\n"
	"4wIaKA0UVcu5krBTJ3V9AAAACXRlc3Qtb25seQECAwQ=\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

static const char ed25519_aes256_ctr[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABCSiYlAmC\n"
	"d5AgdfQAggAXCDAAAAAgAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIChrfk5xtKmZv2Kc\n"
	"Q1943Jly4wIaKA0UVcu5krBTJ3V9AAAAkObHZ7Ov88Q2ni2f1eu+Yi9rs9aGzHNALSY0J0\n"
	"81C0q/SrdWa5THplhXZiUg41oP1hZaIukxhw1JN7BHg/v7/RUkKd40jwdlDQhpZSME0tvg\n"
	"p7DuM67XPs9O2RIeg693wjoIZyp9C6LiAc29Q7iiGgF0pXeouBsktm8YnxGyxqUegQvEbD\n"
	"1J1Z2kiUIuxW7RVg==\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

static const char ed25519_aes256_cbc[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jYmMAAAAGYmNyeXB0AAAAGAAAABDIm7YOoV\n"
	"z056Q1DNFIhMzXAAAAAgAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIChrfk5xtKmZv2Kc\n"
	"Q1943Jly4wIaKA0UVcu5krBTJ3V9AAAAkEWEdHFUyopKveZCr9PFDuwBG9fLK2SPvBnadx\n"
	"UDPZ98tjMsCMCHTUAnLo+movOCD3wQiqCKAoNywY4UsxHQhUrfKb3UGuArbTQ2RJ2hIRld\n"
	"drZFFjFahx4OqmNodkzdUqcHXHYY48hyUgec2IUU1g5gJDv1nDKDimRJDYIsipwvBpgQru\n"
	"EDO0pP66QaQajf+Q==\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

static const char ed25519_aes128_ctr[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAACmFlczEyOC1jdHIAAAAGYmNyeXB0AAAAGAAAABBPJiAess\n"
	"Q00ekWqPKGAIFRAAAAAgAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIChrfk5xtKmZv2Kc\n"
	"Q1943Jly4wIaKA0UVcu5krBTJ3V9AAAAkB7DlWp637NR0lKhnOnAjc5qC57UO7dyHwXicF\n"
	"jRw3vWigu8aNDvGCWn7BrkqpDE4AIYlKFcyVfXvrAB4N0AvQnqWkeKJPQLbibHiVZToT1k\n"
	"+jB4AhyI4JlvFmf9LSww3tca2auY/DiuXO2gYLgyvAnDhq+GRglMLmrA6i0xmBSOQtxEYm\n"
	"W99rtYwMqylhM+7g==\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

static const char ed25519_aes256_gcm[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAAFmFlczI1Ni1nY21Ab3BlbnNzaC5jb20AAAAGYmNyeXB0AA\n"
	"AAGAAAABANv9YAjJXBPjAbhqVgeY+PAAAAAgAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAA\n"
	"IChrfk5xtKmZv2KcQ1943Jly4wIaKA0UVcu5krBTJ3V9AAAAkObcLZpsDtr16CBy+dwOO3\n"
	"W2seDOlCxXCJJdKl8szTpc5BFHZSSLSabKocQtTtCoY5i+vuqIIdTMUoK7r46lAKCwoGoT\n"
	"xvrJ37myZHrWO7H+dpBaEmMU9NhF54D80yAA8GHxIZLwsFICyKiy/VZUfygKULVM7RNlix\n"
	"1pI/IrGlsu+V6iV6T55+S++wrjSvq4rSKgXAz/mSx1a0GzOEx+MVs=\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

static const char ed25519_3des_cbc[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAACDNkZXMtY2JjAAAABmJjcnlwdAAAABgAAAAQ09pQQkbj04\n"
	"M27xlR9S+tQgAAAAIAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACAoa35OcbSpmb9inENf\n"
	"eNyZcuMCGigNFFXLuZKwUyd1fQAAAJBirT/gxnMKQVM4i8Pwa2UXkM4zQuMap+rKczN9fR\n"
	"7QEOKhWmn62xlIOT1bAKC05S3SYQKTTwwB4qy+jQinzelEfG80oQC/AXhHzXWhN8Jk0rEk\n"
	"MzLVLO3WmU9AShbhKaL6xkRz9h3OWiDmO7IWL0pMkAfrQy8wAWsmLf1n6zNX4xNzDfsg40\n"
	"MHrU2foyRaK84=\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

static const char ed25519_chacha20[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAAHWNoYWNoYTIwLXBvbHkxMzA1QG9wZW5zc2guY29tAAAABm\n"
	"JjcnlwdAAAABgAAAAQFSLPQ+WzAhQlkrENYvyqyAAAAAIAAAABAAAAMwAAAAtzc2gtZWQy\n"
	"NTUxOQAAACAoa35OcbSpmb9inENfeNyZcuMCGigNFFXLuZKwUyd1fQAAAJDLSgJXyOGCwV\n"
	"D/wKYBtezY4qqsMYoOXDPDAniCK+LPllzaap+tztOK8vrIJrdIAGXwBr5AcSWgckqzSxx8\n"
	"QhK5NHOZwsrTdlI6XEjAkMWtEalhZqLeGva6WXEI0P+nuM7i0ih2Q6WR6emDVjvoKbBqS9\n"
	"F+KR3CausB0gaqGUxYdXanT25AqDmF14/hYiTS1VvIcqMK1WkJhz70l1Niuj17\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

static const char rsa_public[] =
	"AAAAB3NzaC1yc2EAAAADAQABAAAAgQDaBYd1UEJ11PB5Zmh9jF9p8uborJcd2QaowrpEt7KYV/vT"
	"E3H7b0BaIPCtWsQ0nKEW3yw7hyQLeWWVey9TDgH4P608mO79/zkDR635yhP5dWS02XH2hV1UR7F+"
	"HrKGVMqYyVxi0PteqEVyzNpFbKyiI6KjF2xNljb1o/6RnRXXyw==";

static const char rsa_spki[] =
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDaBYd1UEJ11PB5Zmh9jF9p8uborJcd2QaowrpE"
	"t7KYV/vTE3H7b0BaIPCtWsQ0nKEW3yw7hyQLeWWVey9TDgH4P608mO79/zkDR635yhP5dWS02XH2"
	"hV1UR7F+HrKGVMqYyVxi0PteqEVyzNpFbKyiI6KjF2xNljb1o/6RnRXXywIDAQAB";

static const char rsa_plain[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAlwAAAAdzc2gtcn\n"
	"NhAAAAAwEAAQAAAIEA2gWHdVBCddTweWZofYxfafLm6KyXHdkGqMK6RLeymFf70xNx+29A\n"
	"WiDwrVrENJyhFt8sO4ckC3lllXsvUw4B+D+tPJju/f85A0et+coT+XVktNlx9oVdVEexfh\n"
	"6yhlTKmMlcYtD7XqhFcszaRWysoiOioxdsTZY29aP+kZ0V18sAAAIAfsyaun7MmroAAAAH\n"
	"c3NoLXJzYQAAAIEA2gWHdVBCddTweWZofYxfafLm6KyXHdkGqMK6RLeymFf70xNx+29AWi\n"
	"DwrVrENJyhFt8sO4ckC3lllXsvUw4B+D+tPJju/f85A0et+coT+XVktNlx9oVdVEexfh6y\n"
	"hlTKmMlcYtD7XqhFcszaRWysoiOioxdsTZY29aP+kZ0V18sAAAADAQABAAAAgHX1O97K98\n"
	"pM1Xa5Y5tZ0V2/YBNPHcu2WhYAlUsMoIIwSD1hbe/9tzGMVOtWCoX0oGuBf6sNaQEUQ1Pm\n"
	"/CnRkFpCYs1g9jvpiLdlt/tBR+/DTu6rEPtE5ln/CAoWuOvnd27vjJIYk1XV9+ycNynlpe\n"
	"AdNpmONomOLv4Hkn5wSEtxAAAAQEyvvFNCVeS6sgE7GN6yAyTMrk3JTctT9hk4YiykzM8w\n"
	"0TnTiA7LTPkzALdbmcmayAt2qrJ8IpQ7pThpDHbbnc4AAABBAO4eEGJsg1PfBr+mhGg7Sj\n"
	"Ln08l9WXF7LmQWGgN/8nFcWRVe6doFHLofyfbxtDxL4WVINoWPZNI9RPPCo4fIlMUAAABB\n"
	"AOplHJ6uDTf9Jb0oL6To6/DBKg361araMyJ6EhzSa3RlD/VnuMePj1xLVAuNo9qB1fZCHd\n"
	"40W3RHdd8sa/oFI08AAAAJdGVzdC1vbmx5AQI=\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

static const char rsa_aes256_ctr[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABBGZTg0Ak\n"
	"U3EVwKu9QH7T1KAAAAAgAAAAEAAACXAAAAB3NzaC1yc2EAAAADAQABAAAAgQDaBYd1UEJ1\n"
	"1PB5Zmh9jF9p8uborJcd2QaowrpEt7KYV/vTE3H7b0BaIPCtWsQ0nKEW3yw7hyQLeWWVey\n"
	"9TDgH4P608mO79/zkDR635yhP5dWS02XH2hV1UR7F+HrKGVMqYyVxi0PteqEVyzNpFbKyi\n"
	"I6KjF2xNljb1o/6RnRXXywAAAgBQS0L/UJE9kmwptwzoyNvvXQFoz40rf40Rxj2agvh+KK\n"
	"Vjq5+FSYvL1XfD6qnV5HvVOoS8WTQh3Nzcu2CZmj0Juqso7kH9Lfu/0Y25nxnYFYxZO7Nt\n"
	"6CjiYYn8J9uZXAPAKjiQHuO3L5iSyd8I/UgvmX6w6ne0DwFOFCDRnIHqiuZA+jOJfgfxqh\n"
	"myNhIsrg2icAglOn8kzxa2CAFawdfkEzvNAmqO5qFchD6kEYkL9okTCICLhFscN22KAB4r\n"
	"HV9z4bBOvgtmOO1ZlArukk19mz9yBksX7d7BkviucX3gn9KJ2gnfzQb2kzPXeK1akuI/yA\n"
	"njG6KooSX7/vYfbt/ZmH1gFKBNePMb5HaQTVypRsLkvum26JpGn48xJ92QK26Q57Y4++fW\n"
	"ZHZNg7rpJKkGmuZsHoXBrY6mo9z58G7fMh/NlJoRvBcjrnCf7VmEpS+DNsYygXOldU0zNM\n"
	"g18t6DwrD6K9mYooiHB75ZA0hWfTtuqqbUYwiIOf3xd7RP3F4Qy+SFLdoqZbtn63Ujncmd\n"
	"klDQ6uT9jcgBWyyYS6cpguDXWklFGgGJfpXO/g3ipZnGqBZRZxpJoIFqusxAKc07FI9GN1\n"
	"LgRURun1tlJTgfQ+gdxwMPdeS6SFeHsrGFSJ01UbNqezBsl9fy2rn80eOefnpvOqIVITmJ\n"
	"blW6q04oYA==\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

static const char rsa_pkcs1[] = "-----BEGIN RSA PRIVATE KEY-----\n"
				"MIICXAIBAAKBgQDaBYd1UEJ11PB5Zmh9jF9p8uborJcd2QaowrpEt7KYV/vTE3H7\n"
				"b0BaIPCtWsQ0nKEW3yw7hyQLeWWVey9TDgH4P608mO79/zkDR635yhP5dWS02XH2\n"
				"hV1UR7F+HrKGVMqYyVxi0PteqEVyzNpFbKyiI6KjF2xNljb1o/6RnRXXywIDAQAB\n"
				"AoGAdfU73sr3ykzVdrljm1nRXb9gE08dy7ZaFgCVSwyggjBIPWFt7/23MYxU61YK\n"
				"hfSga4F/qw1pARRDU+b8KdGQWkJizWD2O+mIt2W3+0FH78NO7qsQ+0TmWf8ICha4\n"
				"6+d3bu+MkhiTVdX37Jw3KeWl4B02mY42iY4u/geSfnBIS3ECQQDuHhBibINT3wa/\n"
				"poRoO0oy59PJfVlxey5kFhoDf/JxXFkVXunaBRy6H8n28bQ8S+FlSDaFj2TSPUTz\n"
				"wqOHyJTFAkEA6mUcnq4NN/0lvSgvpOjr8MEqDfrVqtozInoSHNJrdGUP9We4x4+P\n"
				"XEtUC42j2oHV9kId3jRbdEd13yxr+gUjTwJBAJpFaCAcZcmFCX5JiCdvolbw08oL\n"
				"KFPZlujJWPlDf/Pp/N1XrPLPtRjxV4xidH9MOi/AZXKKwKtlfrLfO8vRLHECQFua\n"
				"IFEzHB9hYzpFVjlQfcSc+N51xML8ezdiFWoGIdBfHpl9a40x4YjkN3g8ZmiijQes\n"
				"VxfbxlHvC3WoWppfH6kCQEyvvFNCVeS6sgE7GN6yAyTMrk3JTctT9hk4YiykzM8w\n"
				"0TnTiA7LTPkzALdbmcmayAt2qrJ8IpQ7pThpDHbbnc4=\n"
				"-----END RSA PRIVATE KEY-----\n";

static const char rsa_pkcs1_encrypted[] =
	"-----BEGIN RSA PRIVATE KEY-----\n"
	"Proc-Type: 4,ENCRYPTED\n"
	"DEK-Info: AES-128-CBC,4168142E616409C395BAAB09A1E284A3\n"
	"\n"
	"5vBh0G8teZi6+pLS47RS9wdg5swSp+gVKG1ejb6QGVrfh1Hm+uhIPltmkGCQ9NEt\n"
	"Ht2HPzK+kazUCNG3vp6bLnsYzD8MfILbypoeeSD9SpLRyaRbgzFCd6s5UvOAR/wk\n"
	"NVAK6a0VVQzvgscGb/FIvlTATlzvgiZ4jkOxN4Z0eab+D37LbV+rhCAscCvYEiGX\n"
	"KFqqQnfXKhPwoyHJuHitthwk60Bok6ya9MjaU1lYdCvQOsWJNTQReP6QJ8D+I9JW\n"
	"UWamxz7FaxLQcjEiPYegTNWy6Zk1gHzwYgEjuNQiktBGcLyLfDb14vLzVMVtUmzu\n"
	"84Wymc1g3Y/iVhxojrnvr7BOsrNQSQk4fgsj/V4iAU1tlYHviKJAZ/ntfxRCapPh\n"
	"GDt5QdNNtJmAuAQqiEFexDqOmk7T/ynJpN+6W+fOn4LEI7+NBLpD89rK4uJKOy0D\n"
	"YnDWPNXV2CEuQtk9Mc4jfLeJUagkUQTt25r9nASzEx7J2YIC2KrT9zZegHpy7qG1\n"
	"7ttCNPG1ZaXSRQLmrnC2WBbqAqbdv3DN5d48Xax+3krYdjoitI8sykbFFZgNdTgZ\n"
	"Z4BkF0APPlCz1kw34LBJn54qAEp1gv2itkXVivv1oE0jrs0vZlATEDC5WKazBJsA\n"
	"lA6Iq01PYNKTkfikD2ICOenqNo04vKktFaxXfS54h3zgumIzfJyT5DNaIqSe5H9D\n"
	"+CRMhORxfBDjZ8rRKd+E2Mnvo+2aw6V1ATLcwymS/OcLKAPnX60nb/MUtc/Im8zE\n"
	"PRYJoMug7arJEWb/Pl1q71jvG5foDDCfNWZTBIaU8thA1TsmsuYAr5PKXJKgHV5g\n"
	"-----END RSA PRIVATE KEY-----\n";

static const char rsa_pkcs8[] = "-----BEGIN PRIVATE KEY-----\n"
				"MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBANoFh3VQQnXU8Hlm\n"
				"aH2MX2ny5uislx3ZBqjCukS3sphX+9MTcftvQFog8K1axDScoRbfLDuHJAt5ZZV7\n"
				"L1MOAfg/rTyY7v3/OQNHrfnKE/l1ZLTZcfaFXVRHsX4esoZUypjJXGLQ+16oRXLM\n"
				"2kVsrKIjoqMXbE2WNvWj/pGdFdfLAgMBAAECgYB19TveyvfKTNV2uWObWdFdv2AT\n"
				"Tx3LtloWAJVLDKCCMEg9YW3v/bcxjFTrVgqF9KBrgX+rDWkBFENT5vwp0ZBaQmLN\n"
				"YPY76Yi3Zbf7QUfvw07uqxD7ROZZ/wgKFrjr53du74ySGJNV1ffsnDcp5aXgHTaZ\n"
				"jjaJji7+B5J+cEhLcQJBAO4eEGJsg1PfBr+mhGg7SjLn08l9WXF7LmQWGgN/8nFc\n"
				"WRVe6doFHLofyfbxtDxL4WVINoWPZNI9RPPCo4fIlMUCQQDqZRyerg03/SW9KC+k\n"
				"6OvwwSoN+tWq2jMiehIc0mt0ZQ/1Z7jHj49cS1QLjaPagdX2Qh3eNFt0R3XfLGv6\n"
				"BSNPAkEAmkVoIBxlyYUJfkmIJ2+iVvDTygsoU9mW6MlY+UN/8+n83Ves8s+1GPFX\n"
				"jGJ0f0w6L8BlcorAq2V+st87y9EscQJAW5ogUTMcH2FjOkVWOVB9xJz43nXEwvx7\n"
				"N2IVagYh0F8emX1rjTHhiOQ3eDxmaKKNB6xXF9vGUe8Ldahaml8fqQJATK+8U0JV\n"
				"5LqyATsY3rIDJMyuTclNy1P2GThiLKTMzzDROdOIDstM+TMAt1uZyZrIC3aqsnwi\n"
				"lDulOGkMdtudzg==\n"
				"-----END PRIVATE KEY-----\n";

static const char rsa_pkcs8_encrypted[] =
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
	"MIIC3TBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIMaGiYUgIjn4CAggA\n"
	"MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAECBBC79I66pCDEjh5x5y2H/QbQBIIC\n"
	"gN6R3qI5EiSQCC2sEHoPC+19UnFqj2g2mPjSX/H5BFebVWi2R4xkkupgeaobr10y\n"
	"qGQitN8M5+qDYq66BC/xPKbDS1abWk3UUgnfLr/sy8BMrFA6prOoZ6VDGDu/GN7i\n"
	"CVV6x8muMwwG7doXYFvHCfq/Oouh6xOwCGk6Y/VQsmsZAZFJD5CNEpWHe7Zcpig1\n"
	"cOCgfOjdBS/4R85Ah2ccVmAITykbAwxZmYEnGYtzgT1JOxoAJze5oAoKp+7D9R2o\n"
	"JJxO8xekMcFU0tIuJzj3AKO88xMUwAYIfaLSHk0iMGpPx57pXOMrMPDpToXvxPte\n"
	"a3QpajyKB8SqJAuFNXHbAAqtr9cfyLyl2l3WNEuetHJRdAQVU5uXTk4Z/mO9LlUH\n"
	"4M7vE81wdRnbr9BHl20azvqYv/XeicjsODTBxd/rPlHS/tezPGRD9YLR51wJwEph\n"
	"cjGhFrmHB+9GOhslAoX9xkzOc0eylwcARVlTpD/EvHwH+yPiqZygpugz/QgdmoyZ\n"
	"D5xb2ZnmZONFDcLJ1TINYKhiIU5pR4p/LCheZqZmnQJfiArjyldPe3M4rIcx91tO\n"
	"dqr+ouJ9XpFbAQF8cUboDF225Ag84zqfSE6O/33pZC6pGOXAxSyf76EfJGJapsxa\n"
	"O8ehWvK0Nuztwf9A5t8ygX5bwpGfdtu52s4oB5P/LYW7ZnhG1DqR8Ac/0zI3L5vg\n"
	"zbQIwmLf9tH4QOTUxRv7hqI+O15y9Gz9kIgmXKrGBbkvQKqsXtnRU3CGmpNFX1gs\n"
	"2GJacFKQLOD9bFQqhRIefBUnJ4tQGVkiQy2n+vBkk5C7JdjLMSBuNDUUPcgT12h/\n"
	"x59s8FzfDOp9Ia3E7IMXymo=\n"
	"-----END ENCRYPTED PRIVATE KEY-----\n";

static const char ecdsa256_public[] =
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBJnlBLmlJ3cHa9W84bHT77K/"
	"IsLn3/BftLccytqf5scIjFPjDAGNXACNuSF+Yb3EAJ3rtD58rMh87CDQmVKD/W8=";

static const char ecdsa256_spki[] =
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmeUEuaUndwdr1bzhsdPvsr8iwuff8F+0txzK2p/m"
	"xwiMU+MMAY1cAI25IX5hvcQAneu0PnysyHzsINCZUoP9bw==";

static const char ecdsa256_plain[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS\n"
	"1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQSZ5QS5pSd3B2vVvOGx0++yvyLC59/w\n"
	"X7S3HMran+bHCIxT4wwBjVwAjbkhfmG9xACd67Q+fKzIfOwg0JlSg/1vAAAAqM1RIRbNUS\n"
	"EWAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBJnlBLmlJ3cHa9W8\n"
	"4bHT77K/IsLn3/BftLccytqf5scIjFPjDAGNXACNuSF+Yb3EAJ3rtD58rMh87CDQmVKD/W\n"
	"8AAAAhAOeSJ9YetmVr4WyywwiAsMvwI/mwk3dvdSvTG4Mhyj7fAAAACXRlc3Qtb25seQEC\n"
	"AwQFBg==\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

static const char ecdsa384_public[] =
	"AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBJ6NO2i8bOCAojr67RaV1K0T"
	"PQ4MVkt7V23OR5hMsSpIwDNKUPMx4/+oJ0DN+AeTeiQXnBpQbCZ6jyZGTstqV2N2U3RgKz302AWe"
	"bbY0hl4LCisMWOMgqLl6uoPjelNL6Q==";

static const char ecdsa384_spki[] =
	"MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEno07aLxs4ICiOvrtFpXUrRM9DgxWS3tXbc5HmEyxKkjA"
	"M0pQ8zHj/6gnQM34B5N6JBecGlBsJnqPJkZOy2pXY3ZTdGArPfTYBZ5ttjSGXgsKKwxY4yCouXq6"
	"g+N6U0vp";

static const char ecdsa384_plain[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAiAAAABNlY2RzYS\n"
	"1zaGEyLW5pc3RwMzg0AAAACG5pc3RwMzg0AAAAYQSejTtovGzggKI6+u0WldStEz0ODFZL\n"
	"e1dtzkeYTLEqSMAzSlDzMeP/qCdAzfgHk3okF5waUGwmeo8mRk7LaldjdlN0YCs99NgFnm\n"
	"22NIZeCworDFjjIKi5erqD43pTS+kAAADYieeqaYnnqmkAAAATZWNkc2Etc2hhMi1uaXN0\n"
	"cDM4NAAAAAhuaXN0cDM4NAAAAGEEno07aLxs4ICiOvrtFpXUrRM9DgxWS3tXbc5HmEyxKk\n"
	"jAM0pQ8zHj/6gnQM34B5N6JBecGlBsJnqPJkZOy2pXY3ZTdGArPfTYBZ5ttjSGXgsKKwxY\n"
	"4yCouXq6g+N6U0vpAAAAMQD2FmuIr+/h3H/Cpvx90aRGzPEgdecA0U5lsrwBeUeWMuAhXQ\n"
	"1Ox/3sNcVhD2jukbcAAAAJdGVzdC1vbmx5AQIDBAUG\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

static const char ecdsa521_public[] =
	"AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBABRyilDA4qWDpyJcq3LNcbH"
	"+IXECrIioVjLd3kY61F1lu6BGE9I5CqfbMR4Ypkvw24lCel0vevRV+oJCRqIWnuK9QHo8nDD1DWH"
	"QnWMeVaUp0HCLqTOd7uf8leAm9f7DBe5H61HtdyYXQDBtKuIMeD0/l8NjcF4gc3TuPr3opOBKkZM"
	"gg==";

static const char ecdsa521_spki[] =
	"MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAUcopQwOKlg6ciXKtyzXGx/iFxAqyIqFYy3d5GOtR"
	"dZbugRhPSOQqn2zEeGKZL8NuJQnpdL3r0VfqCQkaiFp7ivUB6PJww9Q1h0J1jHlWlKdBwi6kzne7"
	"n/JXgJvX+wwXuR+tR7XcmF0AwbSriDHg9P5fDY3BeIHN07j696KTgSpGTII=";

static const char ecdsa521_plain[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAArAAAABNlY2RzYS\n"
	"1zaGEyLW5pc3RwNTIxAAAACG5pc3RwNTIxAAAAhQQAUcopQwOKlg6ciXKtyzXGx/iFxAqy\n"
	"IqFYy3d5GOtRdZbugRhPSOQqn2zEeGKZL8NuJQnpdL3r0VfqCQkaiFp7ivUB6PJww9Q1h0\n"
	"J1jHlWlKdBwi6kzne7n/JXgJvX+wwXuR+tR7XcmF0AwbSriDHg9P5fDY3BeIHN07j696KT\n"
	"gSpGTIIAAAEIA4z2ZwOM9mcAAAATZWNkc2Etc2hhMi1uaXN0cDUyMQAAAAhuaXN0cDUyMQ\n"
	"AAAIUEAFHKKUMDipYOnIlyrcs1xsf4hcQKsiKhWMt3eRjrUXWW7oEYT0jkKp9sxHhimS/D\n"
	"biUJ6XS969FX6gkJGohae4r1AejycMPUNYdCdYx5VpSnQcIupM53u5/yV4Cb1/sMF7kfrU\n"
	"e13JhdAMG0q4gx4PT+Xw2NwXiBzdO4+veik4EqRkyCAAAAQVYnnM53Adsu1LpDc9lOZVlR\n"
	"Cus/3VUpHNcBzuqTSbDZuOrlSDc/u2erVNnOgATnhqo5NWt2+Fpwc7K1wqaffoTVAAAACX\n"
	"Rlc3Qtb25seQEC\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

static const char ecdsa256_sec1[] =
	"-----BEGIN EC PRIVATE KEY-----\n"
	"MHcCAQEEIOeSJ9YetmVr4WyywwiAsMvwI/mwk3dvdSvTG4Mhyj7foAoGCCqGSM49\n"
	"AwEHoUQDQgAEmeUEuaUndwdr1bzhsdPvsr8iwuff8F+0txzK2p/mxwiMU+MMAY1c\n"
	"AI25IX5hvcQAneu0PnysyHzsINCZUoP9bw==\n"
	"-----END EC PRIVATE KEY-----\n";

static const char ecdsa256_sec1_parameters[] =
	"-----BEGIN EC PARAMETERS-----\n"
	"BggqhkjOPQMBBw==\n"
	"-----END EC PARAMETERS-----\n"
	"-----BEGIN EC PRIVATE KEY-----\n"
	"MHcCAQEEIOeSJ9YetmVr4WyywwiAsMvwI/mwk3dvdSvTG4Mhyj7foAoGCCqGSM49\n"
	"AwEHoUQDQgAEmeUEuaUndwdr1bzhsdPvsr8iwuff8F+0txzK2p/mxwiMU+MMAY1c\n"
	"AI25IX5hvcQAneu0PnysyHzsINCZUoP9bw==\n"
	"-----END EC PRIVATE KEY-----\n";

static const char ecdsa256_sec1_compressed[] =
	"-----BEGIN EC PRIVATE KEY-----\n"
	"MFcCAQEEIOeSJ9YetmVr4WyywwiAsMvwI/mwk3dvdSvTG4Mhyj7foAoGCCqGSM49\n"
	"AwEHoSQDIgADmeUEuaUndwdr1bzhsdPvsr8iwuff8F+0txzK2p/mxwg=\n"
	"-----END EC PRIVATE KEY-----\n";

static const char ecdsa384_pkcs8_encrypted[] =
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
	"MIIBHDBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIbY9kWheqq2sCAggA\n"
	"MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAECBBCtLYWyntctqLSSg8xsMiO6BIHA\n"
	"CUp+Xhtpgo7eop4RbHKsYMm3eF1KSY0HuGJkSHMIOEH9r2swrm62zxmoDm0I3qZI\n"
	"onwtUGSekXoXwu7hyJ5mulOA1I+WcBC0FQp61fJe7Vlob0zmeEqENhQ6bXIB4wjb\n"
	"RZZtqkw27ia9d8JFAvvoAHD6xYP5LHn6Z8KGv7HPq87guz5/pEotEiBoG9rx9wzP\n"
	"eJrFoxzL4+AbDiVe62rawx/pJbwVeldnK8s3I8m+3RTWLOEQSz/FMeLOs1iUspuC\n"
	"-----END ENCRYPTED PRIVATE KEY-----\n";

static const char ecdsa521_sec1_encrypted[] =
	"-----BEGIN EC PRIVATE KEY-----\n"
	"Proc-Type: 4,ENCRYPTED\n"
	"DEK-Info: AES-128-CBC,1E6348264051E4EE3C96F14FDB4769C7\n"
	"\n"
	"skQ6WIPzwxzNfl5/tkB4TQXOPaxyszl96pjqklQnA4RIwfurFn+/RCELRm/dxBoo\n"
	"ucwkp+bnWmaoIHBwNoBtrXv5GunAmgV+CG5vWTUAdUcFMGUCBZ1p+ou4PWYWz5N1\n"
	"4ZSM8h3wOKJp5GtG52KHd2NrrftACk2LlGtJaTYDY2zZnRgE90TKpxOWvFuIMR90\n"
	"fROvmrGe3Dq/NqgAl8gIMo4jk2qrC1mNC+w3czX7Q/EG5RgD0WU/9txcpHkgaQ7L\n"
	"BwBtTgG1c18D0YAFnhBkdJiXEFvXCtdeArvx+ReNkIw=\n"
	"-----END EC PRIVATE KEY-----\n";

static const char ed25519_other_spki[] =
	"MCowBQYDK2VwAyEAEibIieGl3+BoWIANnH3IxZK4rVsTTmSQpV2fvHFSOHg=";

static const char ed25519_other_pkcs8[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MC4CAQAwBQYDK2VwBCIEIBjF+DZZ2KpEEaq61yNDcYtE8fKREG6nx46ayk+8E7id\n"
	"-----END PRIVATE KEY-----\n";

static const char dsa_plain[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAABsgAAAAdzc2gtZH\n"
	"NzAAAAgQD3HPsWH1Ge3j+XTvgCVADGoX9f7H8Q0Z3wkEiWvAi2uYPTXcCozgZ7LZ4ySPrK\n"
	"9fs+Sgkk0+VJoi086bG9wvdrQ2J++qAk180eDv1Dx92k1o6Em1jV0O2xVwtgncGWk9sOxe\n"
	"WQn3JBMeN3BXIp0iE06TrnVrcQ04a4rIFywO4bDwAAABUAtB7PFaBN2GiYEjkzOgVOvMca\n"
	"JkUAAACAGaTeT9DGSLn9ELm5WhXGarMsQXV4s7QlFiO5yOeUWAQN2gjLru8z4dXnn8UXma\n"
	"KzkyL/VKx0Gc8u6AGeSgfay6R/It8I0lmMAxK2oEAjXnkOGRGDMcVgAa2TKI8fmqJtyIxG\n"
	"RE+60m22DhLE/o8YexoC6lxuuLShxhqcMPjFUOcAAACBAOAq37MjpekGWi/W47TPW8phXH\n"
	"lGz72rotEOv+dwfZQE5dLcYCIfgL9oyZFN/396syqQfIyUk8XJi98XUdxen7mfvJaongxX\n"
	"WYIFtPzg65B97XyVkAZFZzvQaSN22T0eTmaQWuOSTD8p+EkJDrqnFDkq0C4oLAXHYBK1rk\n"
	"LeYjb0AAAB4A3gWuwN4FrsAAAAB3NzaC1kc3MAAACBAPcc+xYfUZ7eP5dO+AJUAMahf1/s\n"
	"fxDRnfCQSJa8CLa5g9NdwKjOBnstnjJI+sr1+z5KCSTT5UmiLTzpsb3C92tDYn76oCTXzR\n"
	"4O/UPH3aTWjoSbWNXQ7bFXC2CdwZaT2w7F5ZCfckEx43cFcinSITTpOudWtxDThrisgXLA\n"
	"7hsPAAAAFQC0Hs8VoE3YaJgSOTM6BU68xxomRQAAAIAZpN5P0MZIuf0QublaFcZqsyxBdX\n"
	"iztCUWI7nI55RYBA3aCMuu7zPh1eefxReZorOTIv9UrHQZzy7oAZ5KB9rLpH8i3wjSWYwD\n"
	"EragQCNeeQ4ZEYMxxWABrZMojx+aom3IjEZET7rSbbYOEsT+jxh7GgLqXG64tKHGGpww+M\n"
	"VQ5wAAAIEA4CrfsyOl6QZaL9bjtM9bymFceUbPvaui0Q6/53B9lATl0txgIh+Av2jJkU3/\n"
	"f3qzKpB8jJSTxcmL3xdR3F6fuZ+8lqieDFdZggW0/ODrkH3tfJWQBkVnO9BpI3bZPR5OZp\n"
	"Ba45JMPyn4SQkOuqcUOSrQLigsBcdgErWuQt5iNvQAAAAUEyL1KgIchrj/lTdzjWdqvaQU\n"
	"5akAAAAJdGVzdC1vbmx5AQ==\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

static const char dsa_pkcs1[] = "-----BEGIN DSA PRIVATE KEY-----\n"
				"MIIBuwIBAAKBgQD3HPsWH1Ge3j+XTvgCVADGoX9f7H8Q0Z3wkEiWvAi2uYPTXcCo\n"
				"zgZ7LZ4ySPrK9fs+Sgkk0+VJoi086bG9wvdrQ2J++qAk180eDv1Dx92k1o6Em1jV\n"
				"0O2xVwtgncGWk9sOxeWQn3JBMeN3BXIp0iE06TrnVrcQ04a4rIFywO4bDwIVALQe\n"
				"zxWgTdhomBI5MzoFTrzHGiZFAoGAGaTeT9DGSLn9ELm5WhXGarMsQXV4s7QlFiO5\n"
				"yOeUWAQN2gjLru8z4dXnn8UXmaKzkyL/VKx0Gc8u6AGeSgfay6R/It8I0lmMAxK2\n"
				"oEAjXnkOGRGDMcVgAa2TKI8fmqJtyIxGRE+60m22DhLE/o8YexoC6lxuuLShxhqc\n"
				"MPjFUOcCgYEA4CrfsyOl6QZaL9bjtM9bymFceUbPvaui0Q6/53B9lATl0txgIh+A\n"
				"v2jJkU3/f3qzKpB8jJSTxcmL3xdR3F6fuZ+8lqieDFdZggW0/ODrkH3tfJWQBkVn\n"
				"O9BpI3bZPR5OZpBa45JMPyn4SQkOuqcUOSrQLigsBcdgErWuQt5iNvQCFBMi9SoC\n"
				"HIa4/5U3c41nar2kFOWp\n"
				"-----END DSA PRIVATE KEY-----\n";

static const char x25519_pkcs8[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MC4CAQAwBQYDK2VuBCIEIJATbPG+rPhrhgShPDfPenhtZ8MDqKXtxInPhT1tSYpy\n"
	"-----END PRIVATE KEY-----\n";

static const char rsa_768[] = "-----BEGIN RSA PRIVATE KEY-----\n"
			      "MIIByQIBAAJhANeFLcOfjK5sB8mO6zxpWGBM7eggmRXxuFNuuCVb+h9eaL1K9qj8\n"
			      "u/Cm4+eln/BOV+Eta9YJmUfeqbTmOtKjLHFOWiY91I1dxDODKTtNBbEx82QAOBYA\n"
			      "cHzIYNFqT1uNrQIDAQABAmBopcQY7snSj6YgWoMibEx7Rh9mzR1IKHzGFkbX7RdA\n"
			      "UAkvkMzANSfUrFSRUDye5IqmutFmnwQAyDjA761cTyy8u78Es4e47YEK1+DG/U0y\n"
			      "iiMpuPbgK1kPzmNFvubAUokCMQD6ZTVz/IsNOKOd5pQQtWpT14O3jCiO1BmQI5Aj\n"
			      "+VS2ggm8qRecLJ0BplaDlWGxHg8CMQDcWCHG4Wp0qlsId2MV0Kj3y3hq+RLZy6p5\n"
			      "eA6eMD6h6SEdhETo07xZ4WJL4i6gFIMCMF5zaOtcetM85zL7tCRtWjNQGyZUX0Qp\n"
			      "K49catW3CkZh3OxmWDqX9Y2WwhGWeqhF7wIwUqzGz6aYmPmqenzBMtg97evsXMbj\n"
			      "6dBfQIBpi7UyavHcOQT+DhYUH+1PQoW1VN8dAjBB6jovA/jGbVXGtZYaqDNeIYZS\n"
			      "YKzZIg94sRvvxq3bB9IbwbAeSC74JDvaRBogLjc=\n"
			      "-----END RSA PRIVATE KEY-----\n";

static const char secp256k1_sec1[] =
	"-----BEGIN EC PRIVATE KEY-----\n"
	"MHQCAQEEIPX0xi55rQwv7tFZZGBDES0mK3kd5PqL5PCgeUwHtaL5oAcGBSuBBAAK\n"
	"oUQDQgAEiug+uzQsKM0KnBXc7RJmj5F1ToWjn1+aYzn2QyM8E8lZF1pnG8N43Hs8\n"
	"J2A7ndUY+OkzpyXrwpz6ufjZiAnVIg==\n"
	"-----END EC PRIVATE KEY-----\n";

/* Of a type that lives in a device. */
static const char security_key[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAASgAAABpzay1zc2\n"
	"gtZWQyNTUxOUBvcGVuc3NoLmNvbQAAACAoa35OcbSpmb9inENfeNyZcuMCGigNFFXLuZKw\n"
	"Uyd1fQAAAARzc2g6AAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

/* The public half in clear is not that of the private one. */
static const char ed25519_other_half[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
	"QyNTUxOQAAACApa35OcbSpmb9inENfeNyZcuMCGigNFFXLuZKwUyd1fQAAAJAvnVHpL51R\n"
	"6QAAAAtzc2gtZWQyNTUxOQAAACAoa35OcbSpmb9inENfeNyZcuMCGigNFFXLuZKwUyd1fQ\n"
	"AAAEDNoLFfesIOL6bdjn84C6S7nANwGCaiQ7RwMPxA/gwmCihrfk5xtKmZv2KcQ1943Jly\n"
	"4wIaKA0UVcu5krBTJ3V9AAAACXRlc3Qtb25seQECAwQ=\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

/* In clear, but the check numbers differ. */
static const char ed25519_other_checks[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
	"QyNTUxOQAAACAoa35OcbSpmb9inENfeNyZcuMCGigNFFXLuZKwUyd1fQAAAJAunVHpL51R\n"
	"6QAAAAtzc2gtZWQyNTUxOQAAACAoa35OcbSpmb9inENfeNyZcuMCGigNFFXLuZKwUyd1fQ\n"
	"AAAEDNoLFfesIOL6bdjn84C6S7nANwGCaiQ7RwMPxA/gwmCihrfk5xtKmZv2KcQ1943Jly\n"
	"4wIaKA0UVcu5krBTJ3V9AAAACXRlc3Qtb25seQECAwQ=\n"
	"-----END OPENSSH PRIVATE KEY-----\n";

#endif
