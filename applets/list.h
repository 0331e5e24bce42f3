/* The applets, sorted: one line each. */
NK_APPLET(daytime)
NK_APPLET(ftp)
NK_APPLET(tftp)
