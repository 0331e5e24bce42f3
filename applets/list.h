/* The applets, sorted: one line each. */
NK_APPLET(daytime)
NK_APPLET(ftp)
NK_APPLET(scp)
NK_APPLET(sftp)
NK_APPLET(tftp)
