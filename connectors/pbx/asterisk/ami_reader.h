/*
 * ami_reader.h -- what the two halves of the connector agree on: the ActionIDs of
 * questions whose answers are inputs too. The channel's id follows the prefix.
 */
#ifndef AMI_READER_H
#define AMI_READER_H

#define CTI_AMI_ASKS_ID      "rb-asks" /* answered well: presentation will be asked for */
#define CTI_AMI_CALLER_ID    "rb-caller-"    /* CALLERID(num-pres) of a channel */
#define CTI_AMI_CONNECTED_ID "rb-connected-" /* CONNECTEDLINE(num-pres) of a channel */

#endif
