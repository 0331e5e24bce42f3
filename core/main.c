/* main.c - the list of applets, and where the program begins. */
#include "netkit/applet.h"

#define NK_APPLET(name) extern const struct nk_applet name##_applet;
#include "applets.h"
#undef NK_APPLET

static const struct nk_applet *const applets[] = {
#define NK_APPLET(name) &name##_applet,
#include "applets.h"
#undef NK_APPLET
	NULL,
};

int main(int argc, char **argv)
{
	return nk_main(applets, argc, argv);
}
