/* dl.c - libraries loaded when they are first used. */
#include "netkit/dl.h"

#include <dlfcn.h>

#include "netkit/text.h"

/* glibc words a missing file and a missing dependency alike, but names the file first. */
static int fail_to_open(const char *soname, const char *package, struct nk_err *err)
{
	const char *reason = dlerror();
	nk_auto(str) char *missing = nk_format("%s: cannot open shared object file", soname);

	if (!reason || nk_text_has_prefix(reason, missing))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s is not installed: apt install %s",
			       soname, package);
	return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s of package %s cannot be loaded: %s", soname,
		       package, reason);
}

int nk_dl_load(const char *soname, const char *package, const char *const *names, size_t count,
	       void **members, struct nk_err *err)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return fail_to_open(soname, package, err);
	for (size_t i = 0; i < count; i++) {
		if (dlsym(library, names[i]))
			continue;
		dlclose(library);
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "%s has no %s: this version of package %s is not supported", soname,
			       names[i], package);
	}
	for (size_t i = 0; i < count; i++) {
		void *address = dlsym(library, names[i]);

		/* The members are function pointers: only their bytes are those of a void *. */
		memcpy(&members[i], &address, sizeof(address));
	}
	return 0;
}
