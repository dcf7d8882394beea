// Generated from contracts/ by scripts/contracts/generate.ts: run npm run generate, don't edit.
export const disputesAbi = [
  {
    "type": "constructor",
    "inputs": [
      {
        "name": "ledger_",
        "type": "address",
        "internalType": "contract ILedger"
      },
      {
        "name": "terms",
        "type": "tuple",
        "internalType": "struct Terms",
        "components": [
          {
            "name": "window",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "bond",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "operatorFine",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "disperserFine",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "operatorDepositMin",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "disperserDepositMin",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "treasury",
            "type": "address",
            "internalType": "address"
          }
        ]
      }
    ],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "answer",
    "inputs": [
      {
        "name": "header",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "opening",
        "type": "bytes",
        "internalType": "bytes"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "bond",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint96",
        "internalType": "uint96"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "challenge",
    "inputs": [
      {
        "name": "header",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "path",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "position",
        "type": "tuple",
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "payable"
  },
  {
    "type": "function",
    "name": "challengeOf",
    "inputs": [
      {
        "name": "id",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "outputs": [
      {
        "name": "challenger",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "deadline",
        "type": "uint48",
        "internalType": "uint48"
      },
      {
        "name": "answered",
        "type": "bool",
        "internalType": "bool"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "committee",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "contract ICommittee"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "creditOf",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "uint256",
        "internalType": "uint256"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "deposit",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "owner",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [],
    "stateMutability": "payable"
  },
  {
    "type": "function",
    "name": "depositOf",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "uint256",
        "internalType": "uint256"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "disperserDepositMin",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint96",
        "internalType": "uint96"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "disperserFine",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint96",
        "internalType": "uint96"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "disprovePadding",
    "inputs": [
      {
        "name": "header",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "path",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "opening",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "byteIndex",
        "type": "uint16",
        "internalType": "uint16"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "disproveParity",
    "inputs": [
      {
        "name": "header",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "path",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "line",
        "type": "tuple",
        "internalType": "struct Line",
        "components": [
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "index",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "byteIndex",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "points",
            "type": "uint256",
            "internalType": "uint256"
          }
        ]
      },
      {
        "name": "openings",
        "type": "bytes[]",
        "internalType": "bytes[]"
      }
    ],
    "outputs": [
      {
        "name": "decided",
        "type": "bool",
        "internalType": "bool"
      }
    ],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "disproveSymbol",
    "inputs": [
      {
        "name": "header",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "path",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "row",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "column",
        "type": "bytes",
        "internalType": "bytes"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "exitOf",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [
      {
        "name": "requestedAt",
        "type": "uint64",
        "internalType": "uint64"
      },
      {
        "name": "unlockAt",
        "type": "uint64",
        "internalType": "uint64"
      },
      {
        "name": "absentThrough",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "expire",
    "inputs": [
      {
        "name": "header",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "position",
        "type": "tuple",
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "expiredPairOf",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      },
      {
        "name": "pair",
        "type": "uint8",
        "internalType": "uint8"
      }
    ],
    "outputs": [
      {
        "name": "challenger",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "expiredAt",
        "type": "uint48",
        "internalType": "uint48"
      },
      {
        "name": "fined",
        "type": "bool",
        "internalType": "bool"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "faultsOf",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "uint8",
        "internalType": "uint8"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "fineDisperserOverInconsistent",
    "inputs": [
      {
        "name": "header",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "signature",
        "type": "bytes",
        "internalType": "bytes"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "fineDisperserOverWithheld",
    "inputs": [
      {
        "name": "header",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "pair",
        "type": "uint8",
        "internalType": "uint8"
      },
      {
        "name": "signature",
        "type": "bytes",
        "internalType": "bytes"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "fineHolder",
    "inputs": [
      {
        "name": "header",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "pair",
        "type": "uint8",
        "internalType": "uint8"
      },
      {
        "name": "attested",
        "type": "tuple",
        "internalType": "struct Attested",
        "components": [
          {
            "name": "index",
            "type": "uint256",
            "internalType": "uint256"
          },
          {
            "name": "path",
            "type": "bytes",
            "internalType": "bytes"
          },
          {
            "name": "signature",
            "type": "bytes",
            "internalType": "bytes"
          }
        ]
      },
      {
        "name": "epochMembers",
        "type": "tuple",
        "internalType": "struct EpochMembers",
        "components": [
          {
            "name": "seed",
            "type": "bytes32",
            "internalType": "bytes32"
          },
          {
            "name": "members",
            "type": "tuple[]",
            "internalType": "struct Member[]",
            "components": [
              {
                "name": "signer",
                "type": "address",
                "internalType": "address"
              },
              {
                "name": "shards",
                "type": "uint256",
                "internalType": "uint256"
              }
            ]
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "finishExit",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "isInvalid",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "bool",
        "internalType": "bool"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "ledger",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "contract ILedger"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "nameOwner",
    "inputs": [
      {
        "name": "owner",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [],
    "stateMutability": "payable"
  },
  {
    "type": "function",
    "name": "operatorDepositMin",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint96",
        "internalType": "uint96"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "operatorFine",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint96",
        "internalType": "uint96"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "ownerOf",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "address"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "progressOf",
    "inputs": [
      {
        "name": "claim",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "outputs": [
      {
        "name": "count",
        "type": "uint8",
        "internalType": "uint8"
      },
      {
        "name": "sum",
        "type": "uint8",
        "internalType": "uint8"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "promiseSeconds",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint64",
        "internalType": "uint64"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "proofOf",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "outputs": [
      {
        "name": "prover",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "provedAt",
        "type": "uint48",
        "internalType": "uint48"
      },
      {
        "name": "finedOverWithheld",
        "type": "bool",
        "internalType": "bool"
      },
      {
        "name": "finedOverInconsistent",
        "type": "bool",
        "internalType": "bool"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "read",
    "inputs": [
      {
        "name": "header",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "path",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "offset",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "opening",
        "type": "bytes",
        "internalType": "bytes"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "bytes",
        "internalType": "bytes"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "reclaim",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      },
      {
        "name": "position",
        "type": "tuple",
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "requestExit",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "current",
        "type": "tuple",
        "internalType": "struct EpochMembers",
        "components": [
          {
            "name": "seed",
            "type": "bytes32",
            "internalType": "bytes32"
          },
          {
            "name": "members",
            "type": "tuple[]",
            "internalType": "struct Member[]",
            "components": [
              {
                "name": "signer",
                "type": "address",
                "internalType": "address"
              },
              {
                "name": "shards",
                "type": "uint256",
                "internalType": "uint256"
              }
            ]
          }
        ]
      },
      {
        "name": "previous",
        "type": "tuple",
        "internalType": "struct EpochMembers",
        "components": [
          {
            "name": "seed",
            "type": "bytes32",
            "internalType": "bytes32"
          },
          {
            "name": "members",
            "type": "tuple[]",
            "internalType": "struct Member[]",
            "components": [
              {
                "name": "signer",
                "type": "address",
                "internalType": "address"
              },
              {
                "name": "shards",
                "type": "uint256",
                "internalType": "uint256"
              }
            ]
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "shards",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint8",
        "internalType": "uint8"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "showAbsence",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "next",
        "type": "tuple[]",
        "internalType": "struct EpochMembers[]",
        "components": [
          {
            "name": "seed",
            "type": "bytes32",
            "internalType": "bytes32"
          },
          {
            "name": "members",
            "type": "tuple[]",
            "internalType": "struct Member[]",
            "components": [
              {
                "name": "signer",
                "type": "address",
                "internalType": "address"
              },
              {
                "name": "shards",
                "type": "uint256",
                "internalType": "uint256"
              }
            ]
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "treasury",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "address"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "window",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint64",
        "internalType": "uint64"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "withdraw",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "event",
    "name": "Answered",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "indexed": true,
        "internalType": "bytes32"
      },
      {
        "name": "answerer",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "position",
        "type": "tuple",
        "indexed": false,
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      },
      {
        "name": "chunk",
        "type": "bytes",
        "indexed": false,
        "internalType": "bytes"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Challenged",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "indexed": true,
        "internalType": "bytes32"
      },
      {
        "name": "challenger",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "position",
        "type": "tuple",
        "indexed": false,
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      },
      {
        "name": "deadline",
        "type": "uint48",
        "indexed": false,
        "internalType": "uint48"
      },
      {
        "name": "header",
        "type": "bytes",
        "indexed": false,
        "internalType": "bytes"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Credited",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "amount",
        "type": "uint256",
        "indexed": false,
        "internalType": "uint256"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Deposited",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "amount",
        "type": "uint256",
        "indexed": false,
        "internalType": "uint256"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "ExitRequested",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "unlockAt",
        "type": "uint64",
        "indexed": false,
        "internalType": "uint64"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Expired",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "indexed": true,
        "internalType": "bytes32"
      },
      {
        "name": "challenger",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "position",
        "type": "tuple",
        "indexed": false,
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      },
      {
        "name": "header",
        "type": "bytes",
        "indexed": false,
        "internalType": "bytes"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Fined",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "beneficiary",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "amount",
        "type": "uint256",
        "indexed": false,
        "internalType": "uint256"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Invalidated",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "indexed": true,
        "internalType": "bytes32"
      },
      {
        "name": "faults",
        "type": "uint8",
        "indexed": false,
        "internalType": "uint8"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Left",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "owner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "amount",
        "type": "uint256",
        "indexed": false,
        "internalType": "uint256"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "OwnerNamed",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "owner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Reclaimed",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "indexed": true,
        "internalType": "bytes32"
      },
      {
        "name": "challenger",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "position",
        "type": "tuple",
        "indexed": false,
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Withdrawn",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "amount",
        "type": "uint256",
        "indexed": false,
        "internalType": "uint256"
      }
    ],
    "anonymous": false
  },
  {
    "type": "error",
    "name": "AlreadyAnswered",
    "inputs": [
      {
        "name": "id",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ]
  },
  {
    "type": "error",
    "name": "AlreadyChallenged",
    "inputs": [
      {
        "name": "id",
        "type": "bytes32",
        "internalType": "bytes32"
      },
      {
        "name": "deadline",
        "type": "uint48",
        "internalType": "uint48"
      }
    ]
  },
  {
    "type": "error",
    "name": "AlreadyFined",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ]
  },
  {
    "type": "error",
    "name": "AlreadyInvalid",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      },
      {
        "name": "faults",
        "type": "uint8",
        "internalType": "uint8"
      }
    ]
  },
  {
    "type": "error",
    "name": "BondInvalid",
    "inputs": [
      {
        "name": "expected",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "received",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "ByteOutside",
    "inputs": [
      {
        "name": "byteIndex",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "chunkBytes",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "DepositZero",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "ExitNotDue",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "unlockAt",
        "type": "uint64",
        "internalType": "uint64"
      },
      {
        "name": "absentThrough",
        "type": "uint32",
        "internalType": "uint32"
      },
      {
        "name": "currentEpoch",
        "type": "uint32",
        "internalType": "uint32"
      }
    ]
  },
  {
    "type": "error",
    "name": "HeaderInvalid",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      },
      {
        "name": "faults",
        "type": "uint8",
        "internalType": "uint8"
      }
    ]
  },
  {
    "type": "error",
    "name": "LedgerWithoutCode",
    "inputs": [
      {
        "name": "ledger",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "LineInvalid",
    "inputs": [
      {
        "name": "line",
        "type": "tuple",
        "internalType": "struct Line",
        "components": [
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "index",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "byteIndex",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "points",
            "type": "uint256",
            "internalType": "uint256"
          }
        ]
      }
    ]
  },
  {
    "type": "error",
    "name": "MembersMismatch",
    "inputs": [
      {
        "name": "epoch",
        "type": "uint32",
        "internalType": "uint32"
      },
      {
        "name": "expected",
        "type": "bytes32",
        "internalType": "bytes32"
      },
      {
        "name": "received",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ]
  },
  {
    "type": "error",
    "name": "NoContradiction",
    "inputs": []
  },
  {
    "type": "error",
    "name": "NotAtFault",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ]
  },
  {
    "type": "error",
    "name": "NotChallenged",
    "inputs": [
      {
        "name": "id",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ]
  },
  {
    "type": "error",
    "name": "NotOwner",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "owner",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "sender",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "NotPosted",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ]
  },
  {
    "type": "error",
    "name": "NotSigned",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ]
  },
  {
    "type": "error",
    "name": "NothingToWithdraw",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "OffsetInvalid",
    "inputs": [
      {
        "name": "offset",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "length",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "OpeningInvalid",
    "inputs": []
  },
  {
    "type": "error",
    "name": "OpeningMisplaced",
    "inputs": [
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "OpeningsCountInvalid",
    "inputs": [
      {
        "name": "missing",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "received",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "OwnerInvalid",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "owner",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "PlaceInvalid",
    "inputs": [
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "pathBytes",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "PositionOutside",
    "inputs": [
      {
        "name": "position",
        "type": "tuple",
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      }
    ]
  },
  {
    "type": "error",
    "name": "PromiseOver",
    "inputs": [
      {
        "name": "expiry",
        "type": "uint64",
        "internalType": "uint64"
      },
      {
        "name": "timestamp",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "SignedSince",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "requestedAt",
        "type": "uint64",
        "internalType": "uint64"
      },
      {
        "name": "changedAt",
        "type": "uint64",
        "internalType": "uint64"
      }
    ]
  },
  {
    "type": "error",
    "name": "StillDisperser",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "quotaBytes",
        "type": "uint64",
        "internalType": "uint64"
      }
    ]
  },
  {
    "type": "error",
    "name": "StillMember",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "epoch",
        "type": "uint32",
        "internalType": "uint32"
      }
    ]
  },
  {
    "type": "error",
    "name": "TermsInvalid",
    "inputs": [
      {
        "name": "terms",
        "type": "tuple",
        "internalType": "struct Terms",
        "components": [
          {
            "name": "window",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "bond",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "operatorFine",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "disperserFine",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "operatorDepositMin",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "disperserDepositMin",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "treasury",
            "type": "address",
            "internalType": "address"
          }
        ]
      },
      {
        "name": "noticeSeconds",
        "type": "uint64",
        "internalType": "uint64"
      }
    ]
  },
  {
    "type": "error",
    "name": "TooEarly",
    "inputs": [
      {
        "name": "until",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "timestamp",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "TooLate",
    "inputs": [
      {
        "name": "until",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "timestamp",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "WithdrawalRefused",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "amount",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  }
] as const

export const disputesBytecode = '0x6101e0806040523461049c5780615b31803803809161001e828561072e565b8339810103610100811261049c578151906001600160a01b0382169081830361049c5760e090601f19011261049c5760405160e081016001600160401b0381118282101761071a5760405261007560208501610751565b815261008360408501610765565b916020820192835261009760608601610765565b93604083019485526100ab60808701610765565b95606084019687526100bf60a08201610765565b906080850191825260e06100d560c08301610765565b60a08701908152910151916001600160a01b038316830361049c5760c08601928352843b1561070757604051636b188e8560e01b8152602081600481895afa90811561044e575f916106cd575b506040516336a9d70f60e11b81526020816004818a5afa801561044e5760ff915f916106ae575b5088516001600160401b0393841693610e109082169081101593909216918361069f575b83610675575b505081610659575b8161063c575b8161059e575b5080610585575b8061056c575b80610559575b156104ea5750604051630361939d60e61b8152602081600481895afa90811561044e575f916104a8575b5060805260405163a4d7692760e01b8152602081600481895afa90811561044e575f91610459575b5060c05294516001600160401b031660a05293516001600160601b0390811660e05293519093166101005291516001600160a01b031661012052610140919091526040516336a9d70f60e11b815290602090829060049082905afa90811561044e575f9161041f575b5061016052516001600160601b0390811661018052905181166101a0529051166101c05260405161539e908161079382396080518181816108db015281816115fb01528181611bf0015281816126ef01528181614053015261412b015260a0518181816104970152818161077901528181610c68015281816111d50152818161157e0152818161244a0152818161277c01528181612aed0152614649015260c051818181610abc015261274b015260e05181612629015261010051816122ff0152610120518181816129620152612e050152610140518181816106f501528181610bf4015281816114e201528181612409015281816129a501528181612b6c01526144b10152610160518181816110e90152818161166801528181611a6401528181611b1a015281816120950152818161233c01528181612c4b01528181613497015281816134cf01528181613558015281816137b9015281816137e20152818161396e015281816139b7015281816139e801526146c101526101805181818161052601528181610d540152818161102d0152818161291f0152612db401526101a0518181816117e80152612ee901526101c0518181816107ff015281816125790152612fa80152f35b610441915060203d602011610447575b610439818361072e565b810190610779565b5f610255565b503d61042f565b6040513d5f823e3d90fd5b959493929190506020863d6020116104a0575b816104796020938361072e565b8101031261049c5760049661048f602097610751565b91929394959650966101ec565b5f80fd5b3d915061046c565b90506020813d6020116104e2575b816104c36020938361072e565b8101031261049c57516001600160a01b038116810361049c575f6101c4565b3d91506104b6565b6040516305d37f0560e11b815287516001600160401b0316600482015288516001600160601b0390811660248301528a51811660448301528b5181166064830152925183166084820152925190911660a483015282516001600160a01b031660c483015260e482015261010490fd5b5083516001600160a01b0316151561019a565b5082518a516001600160601b0391821691161115610194565b50815189516001600160601b039182169116111561018e565b8b516001600160601b031691505f19810181811161062857600390048103908111610628576001810180911161062857806201e84802906201e84882040361062857620493e0019081620493e01161062857600182901b916001600160ff1b038116036106285764174876e80082029180830464174876e80014901517156106285710155f610187565b634e487b7160e01b5f52601160045260245ffd5b8a516001600160601b031667016345785d8a000011159150610181565b89516001600160601b0316667c5850872380001115915061017b565b919250906001600160401b038216036106285760011b6002600160411b0316821015905f80610173565b6301e13380811115935061016d565b6106c7915060203d60201161044757610439818361072e565b5f610149565b90506020813d6020116106ff575b816106e86020938361072e565b8101031261049c576106f990610751565b5f610122565b3d91506106db565b84639da53c9760e01b5f5260045260245ffd5b634e487b7160e01b5f52604160045260245ffd5b601f909101601f19168101906001600160401b0382119082101761071a57604052565b51906001600160401b038216820361049c57565b51906001600160601b038216820361049c57565b9081602091031261049c575160ff8116810361049c579056fe6080806040526004361015610012575f80fd5b5f3560e01c9081630acafefe14612fcc575080630f0226b814612f8457806314afd79e14612f4357806320e9398c14612f0d5780632329719914612ec557806323e3fbd514612e8a57806324f3474514612b11578063461645bf14612acd57806351cff8d9146129c957806356397c351461298657806361d027b31461294357806364c9ec6f146128fb57806364fc5ccc1461264d578063659a0b181461260557806367b203b5146123605780636d53ae1e146123235780636ecdf392146122db578063728f4cc914611fee5780637580725014611fb75780637686988d14611b465780637f57e6d41461199e578063903de21f146114545780639230e04d14610fa657806392e73b0c14610e57578063952b1cd514610b4d57806399a1e8c614610ae0578063a4d7692714610a9c578063a545ee0c146108ff578063d864e740146108bc578063da849fa814610698578063e11f8d0014610639578063e3bfeb441461057b578063ed48761a1461042a578063ee9e9c4b146103ce578063ef5223691461039e578063f3096ef7146102c6578063f95b59ba146102945763f9609f08146101be575f80fd5b6040600319360112610290576101d2613030565b602435906001600160a01b038216809203610290576001600160a01b03811691825f5260016020526001600160a01b0360405f20541681158015610286575b61025457505034156102285761022690614c5e565b005b507fb2e6d115000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b837fcbce04d8000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b5080821415610211565b5f80fd5b34610290576020600319360112610290576004355f526005602052602060ff60405f205460d01c161515604051908152f35b6020600319360112610290576102da613030565b335f5260016020526001600160a01b0360405f209116908115801561038b575b61035b57817fffffffffffffffffffffffff0000000000000000000000000000000000000000825416179055337fac6ada9402dd0f0c55eb0ed3f62eab33eb299016680470e34eeaec23e0be15d75f80a33461035257005b61022633614c5e565b507f8b58c874000000000000000000000000000000000000000000000000000000005f523360045260245260445ffd5b506001600160a01b0381541615156102fa565b34610290576020600319360112610290576004355f526005602052602060ff60405f205460d01c16604051908152f35b34610290576020600319360112610290576004355f908152600260209081526040918290205482516001600160a01b038216815260a082901c65ffffffffffff169281019290925260d01c60ff16151591810191909152606090f35b346102905760a06003193601126102905760043560807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdc3601126102905761047a610474366133d8565b82613a71565b919067ffffffffffffffff6104bc65ffffffffffff6020860151167f000000000000000000000000000000000000000000000000000000000000000090613211565b168042111561054c576102266001600160a01b038585855f5260026020525f604081205582825116907f68180999e72fcffa51ed6cdce4655a57be713c0d90cd7237880ef1984c28647660806040516105148161338a565ba351166bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001690614599565b7fe58369d1000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b34610290576101206003193601126102905760043567ffffffffffffffff8111610290576105ad903690600401613046565b9060443567ffffffffffffffff8111610290576105ce903690600401613046565b91909260a07fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9c36011261029057610104359267ffffffffffffffff84116102905760209461062361062f9536906004016130e4565b94909360243591613467565b6040519015158152f35b34610290576020600319360112610290576004355f526005602052608060405f205460ff604051916001600160a01b038116835265ffffffffffff8160a01c166020840152818160d81c161515604084015260e01c1615156060820152f35b34610290576106a636613074565b604093919351937fb4f826f400000000000000000000000000000000000000000000000000000000855260206004860152602085806106e96024820188886131b9565b03816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9485156108b1575f9561087d575b50845f52600560205260405f209384549365ffffffffffff8560a01c1680156108515760ff8660e01c1661082557966001600160a01b039594926107a994926107a467ffffffffffffffff61079e6102269c7f000000000000000000000000000000000000000000000000000000000000000090613211565b166142e5565b6142ef565b927c01000000000000000000000000000000000000000000000000000000007fffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffff831617905516906bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001690614345565b877fee5aced2000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b877fb2f82b79000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b9094506020813d6020116108a9575b8161089960209383613196565b8101031261029057519385610725565b3d915061088c565b6040513d5f823e3d90fd5b34610290575f6003193601126102905760206040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152f35b346102905760a06003193601126102905760043567ffffffffffffffff811161029057610930903690600401613046565b60443567ffffffffffffffff811161029057610950903690600401613046565b909260643567ffffffffffffffff811161029057610972903690600401613046565b60849591953567ffffffffffffffff8111610290576109bc946109b3936109a06109ac933690600401613046565b969098602435916145f1565b95866146a3565b505092846146a3565b505090602081015115801590610a8d575b610a61576001602083015114801590610a52575b610a2557608080910151910151146109fd57610226905161481c565b7fae591c87000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f46aebf4d000000000000000000000000000000000000000000000000000000005f52600160045260245ffd5b508151604082015114156109e1565b7f46aebf4d000000000000000000000000000000000000000000000000000000005f525f60045260245ffd5b508051604083015114156109cd565b34610290575f60031936011261029057602060405167ffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461029057604060031936011261029057610af96130c6565b6004355f90815260036020908152604080832060ff94851684528252918290205482516001600160a01b038216815265ffffffffffff60a083901c169281019290925260d01c909216151590820152606090f35b346102905760a06003193601126102905760043567ffffffffffffffff811161029057610b7e903690600401613046565b60807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdc36011261029057604051917fb4f826f40000000000000000000000000000000000000000000000000000000083526020600484015260208380610be86024820186866131b9565b03816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9283156108b1575f93610e23575b50610c37610c31366133d8565b84613a71565b91906020830165ffffffffffff8151168042111561054c5750610c8d65ffffffffffff67ffffffffffffffff9251167f000000000000000000000000000000000000000000000000000000000000000090613211565b16804211610df457505f5260026020525f6040812055835f52600360205260405f20936024359360ff8516850361029057817f28f1304410e73f413bbe3baf9526eade04685f5026d92ae127ca069821a844b1610d43946102269860ff896001600160a01b039a50165f5260205260405f2065ffffffffffff815460a01c1615610d7a575b508787511693610d3b604051928392610d2a8461338a565b60a0608085015260a08401916131b9565b0390a3614aab565b51166bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001690614599565b875181547fffffffffffff000000000000ffffffffffffffffffffffffffffffffffffffff918b16919091167fffffffffffff0000000000000000000000000000000000000000000000000000909116174260a01b79ffffffffffff00000000000000000000000000000000000000001617905589610d12565b7f388b0173000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b9092506020813d602011610e4f575b81610e3f60209383613196565b8101031261029057519183610c24565b3d9150610e32565b3461029057604060031936011261029057610e70613030565b60243567ffffffffffffffff811161029057610e909036906004016130e4565b906001600160a01b03831692835f52600160205263ffffffff600160405f20015460801c16935f907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc184360301955b85831015610f4f5763ffffffff1663ffffffff8114610f2257600101918060051b850135908782121561029057610f1b600192870185876140e5565b0191610edf565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b610226915f526001602052600160405f2001907fffffffffffffffffffffffff00000000ffffffffffffffffffffffffffffffff73ffffffff0000000000000000000000000000000083549260801b169116179055565b60e06003193601126102905760043567ffffffffffffffff811161029057610fd2903690600401613046565b9060443567ffffffffffffffff811161029057610ff3903690600401613046565b9060807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9c360112610290576bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001680340361142557509061106491602435858561443d565b9081515f52600560205260405f205460d01c600281166113f1575067ffffffffffffffff61109284836149cf565b168042116113c2575060643560ff8116908181036102905760843560ff8116928382036102905760a4359360ff8516908186036102905760c4359263ffffffff84168085036102905761110f9360408b01519360ff7f000000000000000000000000000000000000000000000000000000000000000016936149e1565b1561138c5761113e938651926040519461112886613115565b8552602085015260408401526060830152614a50565b91825f52600260205260405f2060408051916111598361315e565b54916001600160a01b038316815260ff602082019365ffffffffffff8160a01c16855260d01c1615159182910152611360575165ffffffffffff16806113315750907f5c105000d4fb2e8f3d43ad70210b5a37f1acc013062c3eae9a5f02e70970770f9161130065ffffffffffff6111fb67ffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001642613233565b16946040519061120a8261315e565b3382526112b365ffffffffffff6020840189815260408501935f85525f5260026020526001600160a01b038060405f20965116167fffffffffffffffffffffffff0000000000000000000000000000000000000000865416178555511683907fffffffffffff000000000000ffffffffffffffffffffffffffffffffffffffff79ffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b5181547fffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffff1690151560d01b7aff000000000000000000000000000000000000000000000000000016179055565b519261132c6040519283926113148461333c565b608084015260c060a0840152339660c08401916131b9565b0390a3005b837fa6a7f3cf000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b837fadc6d47e000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b60846040517fb9a848eb0000000000000000000000000000000000000000000000000000000081526113c06004820161333c565bfd5b7faa05e479000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b60ff9083517f6cb1d7de000000000000000000000000000000000000000000000000000000005f526004521660245260445ffd5b7f48458e5d000000000000000000000000000000000000000000000000000000005f526004523460245260445ffd5b346102905760806003193601126102905760043567ffffffffffffffff811161029057611485903690600401613046565b61148d6130c6565b6044359267ffffffffffffffff8411610290578360040160606003198636030112610290576064359067ffffffffffffffff821161029057816004019560406003198436030112610290576001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001692604051957fb4f826f40000000000000000000000000000000000000000000000000000000087526020600488015260208780611543602482018c8b6131b9565b0381885afa9687156108b1575f9761196a575b506115618188614252565b958654996115a767ffffffffffffffff61079e8d65ffffffffffff7f00000000000000000000000000000000000000000000000000000000000000009160a01c16613211565b896028116102905763ffffffff602483013560e01c1693604051947f85a885d10000000000000000000000000000000000000000000000000000000086528060048701526020866024816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9586156108b1575f96611936575b506116358361489f565b9086820361190357505090602461164d920190613273565b9290996020116102905761169661169b92359160ff61168f817f000000000000000000000000000000000000000000000000000000000000000016809561458f565b9116613233565b61458f565b975f5b600160206116ad8386866132c7565b01358b1c166116c8576116c16001916148da565b905061169e565b8a99506116dd926116d8926132c7565b6132d7565b958335602484016116ee81876132eb565b601f8116159150839060051c826118f7575b826118ec575b5050156118b15761171a90869392936132eb565b9291928101905b8181106118895750505090604460209260405196879384927f30488427000000000000000000000000000000000000000000000000000000008452600484015260248301525afa9283156108b1575f93611853575b506117909160446117889201906132eb565b9083866148e8565b1561181b57507fffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffff83167a010000000000000000000000000000000000000000000000000000179055610226916001600160a01b0316907f00000000000000000000000000000000000000000000000000000000000000006bffffffffffffffffffffffff1690614345565b6001600160a01b03837f950028a2000000000000000000000000000000000000000000000000000000005f521660045260245260445ffd5b9092506020813d602011611881575b8161186f60209383613196565b81010312610290575191611790611776565b3d9150611862565b90919260208460051b1690815260208235911852602060405f209360011c9101919091611721565b6118bb90866132eb565b9190507f769350fd000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b1c159050828c611706565b60098111159250611700565b86907fd629b29e000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b9095506020813d602011611962575b8161195260209383613196565b810103126102905751948d61162b565b3d9150611945565b9096506020813d602011611996575b8161198660209383613196565b8101031261029057519589611556565b3d9150611979565b346102905760a06003193601126102905760043567ffffffffffffffff8111610290576119cf903690600401613046565b60443567ffffffffffffffff8111610290576119ef903690600401613046565b92909160643567ffffffffffffffff811161029057611a12903690600401613046565b9190946084359461ffff861680960361029057611a3d94611a3693602435916145f1565b93846146a3565b926020839293015115801590611b10575b610a61578151936060611ab8611aa8611a9d60ff7f00000000000000000000000000000000000000000000000000000000000000001698611a97611a918b614f96565b8b61345a565b90613260565b604087015190613233565b611a9760408a0198895190614735565b9301519283600b1b938085046108001490151715610f225782611ae1611aec95611ae693613233565b613233565b936147db565b15918215611b05575b50506109fd57610226905161481c565b511190508280611af5565b508151611b3f60ff7f0000000000000000000000000000000000000000000000000000000000000000166146f2565b1115611a4e565b34610290576020600319360112610290576001600160a01b03611b67613030565b611b7081613faf565b611b798161400c565b16805f52600160205260405f2060405191611b938361317a565b60018254926001600160a01b0384168552602085019360a01c84520154604084019067ffffffffffffffff811682526060850167ffffffffffffffff8260401c16815263ffffffff608087019260801c1682526001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001691604051917f76671808000000000000000000000000000000000000000000000000000000008352602083600481875afa9283156108b1575f93611f7c575b505167ffffffffffffffff169081158015611f72575b8015611f5b575b611f0e57505050906020602492604051938480927ed67cf20000000000000000000000000000000000000000000000000000000082528760048301525afa9182156108b1575f92611ed1575b505167ffffffffffffffff918216911680821015611e9f576102266bffffffffffffffffffffffff8585611e666001600160a01b038a511660405190611cfd8261317a565b815263ffffffff83611e2167ffffffffffffffff602085015f81528180600160408901985f8a52611db18e60608301965f8852608084019a5f8c525f52846020526001600160a01b038060405f20955116167fffffffffffffffffffffffff0000000000000000000000000000000000000000855416178455511682906001600160a01b037fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b01975116167fffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000875416178655511684907fffffffffffffffffffffffffffffffff0000000000000000ffffffffffffffff6fffffffffffffffff000000000000000083549260401b169116179055565b5182547fffffffffffffffffffffffff00000000ffffffffffffffffffffffffffffffff16911660801b73ffffffff0000000000000000000000000000000016179055565b82825116906040519182527f039781dfa29ccceae8ebcb3176816f5e3c224ee36c342aae00205f96f2dc751e60203393a3511633614599565b827fa0f40faf000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b67ffffffffffffffff919250611eff829160203d602011611f07575b611ef78183613196565b810190613240565b929150611cb8565b503d611eed565b608492869263ffffffff8093511690604051947f6b4857b5000000000000000000000000000000000000000000000000000000008652600486015260248501526044840152166064820152fd5b5063ffffffff81511663ffffffff84161415611c6c565b5081421115611c65565b67ffffffffffffffff919350611fa99060203d602011611fb0575b611fa18183613196565b8101906131f5565b9290611c4f565b503d611f97565b34610290576020600319360112610290576001600160a01b03611fd8613030565b165f525f602052602060405f2054604051908152f35b346102905760a06003193601126102905760043567ffffffffffffffff81116102905761201f903690600401613046565b60443567ffffffffffffffff81116102905761203f903690600401613046565b91906064359260843567ffffffffffffffff811161029057612068612075913690600401613046565b929093602435868961443d565b51805f52600560205260ff60405f205460d01c1690816122ad57505060ff7f0000000000000000000000000000000000000000000000000000000000000000169463ffffffff6120c58583613b1d565b1693601f8616158015906122a3575b61227357602011610290576120ee92849287923591613b59565b929094916120fa613a17565b506121058588614735565b90612143612126612116848761458f565b9961212081614f96565b9061345a565b61169661213c82612137878a613f78565b613f78565b9487613f78565b88600b1c926107ff606060405161215981613115565b838152846020820152866040820152019a168a5284612266575b8461225b575b508361224d575b508261223f575b505015612217576121a06121b0916121b696519461345a565b8060201081602018021883613233565b92613a3b565b906121c0826131d9565b6121cd6040519182613196565b82815260208101923681840111610290576020815f92604095873783010152601f19601f8351948593602085525180918160208701528686015e5f85828601015201168101030190f35b7f84f86b93000000000000000000000000000000000000000000000000000000005f5260045ffd5b606001511490508680612187565b604082015114925088612180565b825114935089612179565b6020830151159450612173565b84867f07aaf656000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b50848610156120d4565b7ff7aa96f4000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b34610290575f6003193601126102905760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b34610290575f60031936011261029057602060405160ff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b346102905760606003193601126102905760043567ffffffffffffffff811161029057612391903690600401613046565b6123996130c6565b9160443567ffffffffffffffff8111610290576123ba903690600401613046565b604092919251947fb4f826f400000000000000000000000000000000000000000000000000000000865260206004870152602086806123fd6024820189886131b9565b03816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9586156108b1575f966125cf575b506124449086614252565b928354947f000000000000000000000000000000000000000000000000000000000000000067ffffffffffffffff6124878265ffffffffffff8a60a01c16613211565b16908142111561259f576124ae9167ffffffffffffffff6124a9921690613233565b6142e5565b865f52600560205260405f209360ff855460d81c16610825576001600160a01b039594937a01000000000000000000000000000000000000000000000000000093610226997fffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffff9461251e946142ef565b95161782557b010000000000000000000000000000000000000000000000000000007fffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffffff8254161790555416906bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001690614345565b507fe58369d1000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b9095506020813d6020116125fd575b816125eb60209383613196565b81010312610290575194612444612439565b3d91506125de565b34610290575f6003193601126102905760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461029057606060031936011261029057612666613030565b60243567ffffffffffffffff811161029057604060031982360301126102905760443567ffffffffffffffff81116102905760406003198236030112610290576126af83613faf565b6126b88361400c565b604051917f766718080000000000000000000000000000000000000000000000000000000083526020836004816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9283156108b1575f936128da575b5063ffffffff831690816128c6575b50600181116128a3575b505067ffffffffffffffff4216916127707f000000000000000000000000000000000000000000000000000000000000000084613211565b9067ffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000166005029167ffffffffffffffff8316928303610f22577f12af565fbdd53c6be7b24b4d08750ab523585c012527663059a728d6bf640d51936001600160a01b036127eb60209561289094613211565b93165f81815260018087526040918290200180547fffffffffffffffffffffffffffffffff000000000000000000000000000000001667ffffffffffffffff909916989098179085901b6fffffffffffffffff00000000000000001617875595907fffffffffffffffffffffffff00000000ffffffffffffffffffffffffffffffff73ffffffff0000000000000000000000000000000083549260801b169116179055565b67ffffffffffffffff60405191168152a2005b5f190163ffffffff8111610f22576128bf9160040190846140e5565b8280612738565b6128d49060040184866140e5565b8461272e565b6128f491935060203d602011611fb057611fa18183613196565b918461271f565b34610290575f6003193601126102905760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b34610290575f6003193601126102905760206040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152f35b34610290575f6003193601126102905760206040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152f35b34610290576020600319360112610290576129e2613030565b6001600160a01b038116805f525f60205260405f2054918215612aa1575f808085819486835282602052826040812055867f7084f5476618d8e60b11ef0d7d3f06914655adb8793e28ff7f018d4c76d505d56020604051858152a25af13d15612a9c573d612a4f816131d9565b90612a5d6040519283613196565b81525f60203d92013e5b15612a6e57005b7fc5079ddb000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b612a67565b507fdc69dc16000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b34610290575f60031936011261029057602060405167ffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461029057612b1f36613074565b91604051927fb4f826f40000000000000000000000000000000000000000000000000000000084526020600485015260208480612b6060248201868a6131b9565b03816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9384156108b1575f94612e56575b50612ba5613a17565b508015612e29578060011015612e29578060021015612e2957806007116102905760209260038101359563ffffffff60405197612be189613115565b833560f81c8952600184013560f81c878a0152600284013560f81c60408a015260e01c16606088015265ffffffffffff612c1b8888613a71565b969096015116804211610df45750836020116102905763ffffffff612c45612c7195833593613b1d565b169260ff7f00000000000000000000000000000000000000000000000000000000000000001692613b59565b959150911561221757612da9612d9692612d5d7f5da3ab64c08742e62b12ed4d7e20c19be86d5a0d03fb5f394b4e9eff042e49989560405190612cb38261315e565b5f82526112b365ffffffffffff602084015f81526040850193600185525f5260026020526001600160a01b038060405f20965116167fffffffffffffffffffffffff0000000000000000000000000000000000000000865416178555511683907fffffffffffff000000000000ffffffffffffffffffffffffffffffffffffffff79ffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b6040519384809463ffffffff6060809260ff815116855260ff602082015116602086015260ff6040820151166040860152015116910152565b60a06080840152339660a08401916131b9565b0390a3610226612e037f00000000000000000000000000000000000000000000000000000000000000006bffffffffffffffffffffffff6b7fffffffffffffffffffffff8260011c1691612dfd8333614599565b1661345a565b7f0000000000000000000000000000000000000000000000000000000000000000614599565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52603260045260245ffd5b9093506020813d602011612e82575b81612e7260209383613196565b8101031261029057519285612b9c565b3d9150612e65565b34610290576020600319360112610290576001600160a01b03612eab613030565b165f526001602052602060405f205460a01c604051908152f35b34610290575f6003193601126102905760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b34610290576020600319360112610290576004355f5260046020526040805f205460ff825191818116835260081c166020820152f35b34610290576020600319360112610290576001600160a01b03612f64613030565b165f52600160205260206001600160a01b0360405f205416604051908152f35b34610290575f6003193601126102905760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b34610290576020600319360112610290576060906001600160a01b03612ff0613030565b165f52600160205263ffffffff600160405f20015467ffffffffffffffff8116835267ffffffffffffffff8160401c16602084015260801c166040820152f35b600435906001600160a01b038216820361029057565b9181601f840112156102905782359167ffffffffffffffff8311610290576020838186019501011161029057565b60406003198201126102905760043567ffffffffffffffff8111610290578161309f91600401613046565b929092916024359067ffffffffffffffff8211610290576130c291600401613046565b9091565b6024359060ff8216820361029057565b359060ff8216820361029057565b9181601f840112156102905782359167ffffffffffffffff8311610290576020808501948460051b01011161029057565b6080810190811067ffffffffffffffff82111761313157604052565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b6060810190811067ffffffffffffffff82111761313157604052565b60a0810190811067ffffffffffffffff82111761313157604052565b90601f601f19910116810190811067ffffffffffffffff82111761313157604052565b601f8260209493601f1993818652868601375f8582860101520116010190565b67ffffffffffffffff811161313157601f01601f191660200190565b90816020910312610290575163ffffffff811681036102905790565b9067ffffffffffffffff8091169116019067ffffffffffffffff8211610f2257565b91908201809211610f2257565b90816020910312610290575167ffffffffffffffff811681036102905790565b81810292918115918404141715610f2257565b9035907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe181360301821215610290570180359067ffffffffffffffff821161029057602001918160061b3603831361029057565b9190811015612e295760061b0190565b356001600160a01b03811681036102905790565b9035907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe181360301821215610290570180359067ffffffffffffffff82116102905760200191813603831361029057565b60643560ff811680910361029057815260843560ff811680910361029057602082015260a43560ff811680910361029057604082015260c4359063ffffffff82168092036102905760600152565b60243560ff811680910361029057815260443560ff811680910361029057602082015260643560ff81168091036102905760408201526084359063ffffffff82168092036102905760600152565b7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdc6080910112610290576040519061340f82613115565b8160243560ff8116810361029057815260443560ff8116810361029057602082015260643560ff811681036102905760408201526084359063ffffffff821682036102905760600152565b91908203918211610f2257565b90613477949392919695966145f1565b9160ff60643516606435036102905760643560ff166139e1576134bc60ff7f0000000000000000000000000000000000000000000000000000000000000000166146f2565b905b60643560ff166139b0576134f860ff7f00000000000000000000000000000000000000000000000000000000000000001661212081614f96565b5f92600160ff6064351611908115613996575b508015613966575b6138ce5760018101809111610f2257601f19613547613531836131d9565b9261353f6040519485613196565b8084526131d9565b013660208301375f60e435815b60ff7f00000000000000000000000000000000000000000000000000000000000000001681106139045750508151036138ce578451604051602081019133835260408201526135a7606082016064614bed565b60e081526135b761010082613196565b51902094855f52600460205260405f209660405197604089019089821067ffffffffffffffff83111761313157613605916040525460ff80821691828c5260081c1660208b0152845161345a565b96861580156138c5575b61389557959660c43596905f5b898110156138105761363260ff8c511687614c4d565b5160f81c61364f6136488360051b8a018a6132eb565b90886146a3565b90918b6102905760643560ff161590816137ad575b81801561379a575b60208201519015613793576001905b149182613768575b8261373a575b508161371b575b50156136ef5761ffff8c168c0361029057602060ff8f9381958f6136c592849661ffff6136be9316916147db565b908d614fa8565b1692015116181660208c015260ff8b51169060ff8214610f225760ff6001809301168c520161361c565b827f46aebf4d000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b6060015160a43563ffffffff811692508281036102905750145f613690565b6040820151919250156137615760843560ff8116908181036102905750905b14905f613689565b8490613759565b91508051825f1461377d5785905b1491613683565b60843560ff811690818103610290575090613776565b5f9061367b565b5f9d5060643560ff16600114925061366c565b90506138076137de60ff7f000000000000000000000000000000000000000000000000000000000000000016614f96565b60ff7f00000000000000000000000000000000000000000000000000000000000000001661345a565b84101590613664565b509450969250969350935010613848576020015160ff16156109fd57613843915f5260046020525f60408120555161481c565b600190565b9190505f52600460205260405f209060ff8151167fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff000061ff006020855494015160081b169216171790555f90565b86887f5028c302000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b5087871161360f565b60a46040517fee4775e60000000000000000000000000000000000000000000000000000000081526113c0600482016064614bed565b600182821c161561395e57835183146138ce57600190613923846148da565b936139567fff000000000000000000000000000000000000000000000000000000000000008360f81b165f1a9187614c4d565b535b01613554565b600190613958565b5060e43560ff7f0000000000000000000000000000000000000000000000000000000000000000161c1515613513565b905060843560ff811690818103610290575010155f61350b565b6139dc60ff7f0000000000000000000000000000000000000000000000000000000000000000166146f2565b6134f8565b613a1160ff7f00000000000000000000000000000000000000000000000000000000000000001661212081614f96565b906134be565b60405190613a2482613115565b5f6060838281528260208201528260408201520152565b90939293848311610290578411610290578101920390565b60405190613a608261315e565b5f6040838281528260208201520152565b90613a8491613a7e613a53565b50614a50565b90815f52600260205260405f209060405191613a9f8361315e565b54916001600160a01b038316815260ff65ffffffffffff8460a01c169384602084015260d01c16151560408201529115613ad557565b827f7e16ae7b000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b359060208110613b0f575090565b5f199060200360031b1b1690565b90602411610290576020013560e01c90565b60405190613b3c8261317a565b5f6080838281528260208201528260408201528260608201520152565b90929391613b65613b2f565b9482905f90600481101580613f6d575b158015613f4f575b613f415760078710613f34578615612e2957843560f81c88528660011015612e295760208801600186013560f81c81528760021015612e2957600286013560f81c908160408b01528860071161029057600387013560e01c60608b018190528a519151613bef938a93869392906149e1565b15613f3457613c0c613c058260208b0151614cfd565b9682614735565b92606089015192613c1b613b2f565b9380600b1b908082046108001490151715610f2257613c3a908661345a565b610800808210911802610800186007019485600711610f225785855260015f198201600b1c019015150294613cea866fffffffffffffffffffffffffffffffff811160071b67ffffffffffffffff82821c1160061b1763ffffffff82821c1160051b1761ffff82821c1160041b1760ff82821c1160031b17600f82821c1160021b177d01010202020203030303030303030000000000000000000000000000000082821c1a17906001821b100190565b907f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff82168203610f2257613d219160051b90613233565b806020860152613dac896fffffffffffffffffffffffffffffffff811160071b67ffffffffffffffff82821c1160061b1763ffffffff82821c1160051b1761ffff82821c1160041b1760ff82821c1160031b17600f82821c1160021b177d01010202020203030303030303030000000000000000000000000000000082821c1a17906001821b100190565b907f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff82168203610f2257613de39160051b90613233565b80604086015260208101809111610f2257806060860152613e7f846fffffffffffffffffffffffffffffffff811160071b67ffffffffffffffff82821c1160061b1763ffffffff82821c1160051b1761ffff82821c1160041b1760ff82821c1160031b17600f82821c1160021b177d01010202020203030303030303030000000000000000000000000000000082821c1a17906001821b100190565b907f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff82168203610f2257613eb69160051b90613233565b8060808601528903613f255750508151968760071161029057808811610290578589927ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff96007613f2299019a019860405196613f118861315e565b875260208701526040860152614d17565b93565b5f9a9198509650945050505050565b505f979195509350915050565b505f97939550879450505050565b5085151580613f5f575b15613b7d565b506308000000861115613f59565b5060ff811115613b75565b8115613f82570490565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601260045260245ffd5b6001600160a01b0316805f5260016020526001600160a01b0360405f20541690338203613fda575050565b7fcbce04d8000000000000000000000000000000000000000000000000000000005f526004526024523360445260645ffd5b6001600160a01b03604051917f35eb6b8300000000000000000000000000000000000000000000000000000000835216908160048201526020816024816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa80156108b15767ffffffffffffffff915f916140c6575b50169081614098575050565b7f7d98945c000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b6140df915060203d602011611f0757611ef78183613196565b5f61408c565b909163ffffffff604051937f85a885d100000000000000000000000000000000000000000000000000000000855216928360048201526020816024816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9081156108b1575f91614220575b506141658261489f565b908082036141ee57505080602061417d920190613273565b90916001600160a01b0316905f5b818110614199575050505050565b826001600160a01b036141b06116d88486896132c7565b16146141be5760010161418b565b84837f5a648aee000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b847fd629b29e000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b90506020813d60201161424a575b8161423b60209383613196565b8101031261029057515f61415b565b3d915061422e565b9190825f52600360205260ff60405f2091165f5260205260405f2091825465ffffffffffff8160a01c16156142b95760d01c60ff1661428e5750565b7fee5aced2000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b507fb2f82b79000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b804211610df45750565b919294939060441161029057603061430e92013560601c9483866148e8565b156143165750565b827f950028a2000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b6001600160a01b03909291921690815f52600160205260405f205460a01c9283808210911802808418931461443857815f52600160205260405f20926bffffffffffffffffffffffff8116845460a01c03926bffffffffffffffffffffffff8411610f22576143ed612e039461443696906001600160a01b037fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b604051908282527f5fa4c86b177d7620489617cff2ed61cf7d957652aa6341770cd8f8793343f40160206001600160a01b03861693a36144318160011c8093614599565b61345a565b565b505050565b91936040919361444b613a53565b506144a5835196879384937f8157bdf40000000000000000000000000000000000000000000000000000000085526060600486015261448e606486018a8a6131b9565b9260248601526003198584030160448601526131b9565b03816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9283156108b1575f905f9461454c575b501561452057816020116102905761450263ffffffff92823592613b1d565b90604051936145108561315e565b8452602084015216604082015290565b827fa9101ffa000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b9350506040833d604011614587575b8161456860409383613196565b810103126102905782519283151584036102905760200151925f6144e3565b3d915061455b565b8115613f82570690565b81156145ed5760206001600160a01b037f9c9e0cdb1670e88302408e5b941dc636f63a3293204694bb68910fcf3d9305f3921692835f525f825260405f206145e2828254613233565b9055604051908152a2565b5050565b9493909261460992614601613a53565b50848761443d565b9283515f52600560205260405f205460d01c6002811661466f575067ffffffffffffffff61463d614436936124a9936149cf565b1667ffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001690613233565b60ff9085517f6cb1d7de000000000000000000000000000000000000000000000000000000005f526004521660245260445ffd5b906146e792916146b1613b2f565b50604060208201519101519260ff7f00000000000000000000000000000000000000000000000000000000000000001692613b59565b919390921561221757565b6146fb81614f96565b907f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff82168203610f22576147329160011b9061345a565b90565b61473e816146f2565b7f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff81168103610f22576147778261212061478094614f96565b9060051b613260565b80156147c9576147956001915f198401613f78565b01901515027f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff81168103610f225760051b90565b634e487b715f5260126020526024601cfd5b90808310156147ed5750013560f81c90565b827f2e649ccc000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b5f81815260056020526040902080547fffffffffffff000000000000ffffffffffffffffffffffffffffffffffffffff33167fffffffffffff0000000000000000000000000000000000000000000000000000909116174260a01b79ffffffffffff00000000000000000000000000000000000000001617905561443690614b4c565b60806148ae6020830183613273565b9092604051938260061b9283926020875235602087015260408087015260608601528385013701902090565b5f198114610f225760010190565b929091604082036149c757816020116102905761490f906020601f19823594019101613b01565b917f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8316927f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a084116149be57601b9060ff1c019060ff8211610f22576020935f9360ff60809460405194855216868401526040830152606082015282805260015afa156108b1576001600160a01b035f511680151591826149af57505090565b6001600160a01b031614919050565b50505050505f90565b505050505f90565b90603011610290576028013560c01c90565b841194929392919085614a44575b85614a2d575b505083614a03575b50505090565b9091809350600b1b928084046108001490151715610f2257614a2491614735565b115f80806149fd565b614a3b919295508390614cfd565b11925f806149f5565b600181111595506149ef565b90614a966040519160208301938452604083019063ffffffff6060809260ff815116855260ff602082015116602086015260ff6040820151166040860152015116910152565b60a08152614aa560c082613196565b51902090565b805f52600560205260405f205460d01c600181166145ed5760207f026d111ae5b176420c710adf962b7e4535b76d5d55ded7bef4eb767bf118173091835f5260058252600160ff60405f209216179080547fffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffff7aff00000000000000000000000000000000000000000000000000008460d01b169116179055604051908152a2565b805f52600560205260405f205460d01c600281166145ed5760207f026d111ae5b176420c710adf962b7e4535b76d5d55ded7bef4eb767bf118173091835f5260058252600260ff60405f209216179080547fffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffff7aff00000000000000000000000000000000000000000000000000008460d01b169116179055604051908152a2565b60ff614bf8826130d6565b16825260ff614c09602083016130d6565b166020830152604081013563ffffffff811681036102905763ffffffff166040830152606081013561ffff8116809103610290576060830152608090810135910152565b908151811015612e29570160200190565b6001600160a01b0316805f52600160205260405f206bffffffffffffffffffffffff3416815460a01c016bffffffffffffffffffffffff8111610f225781546001600160a01b031660a09190911b7fffffffffffffffffffffffff0000000000000000000000000000000000000000161790557f2da466a7b24304f47e87fa2e1e5a81b9831ce54fec19055ce277ca2f39ba42c46020604051348152a2565b614d0e578061212061473292614f96565b614732906146f2565b9192909381518060071161029057858111610290575f602091604051614d82601a82868101948686527ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9810160078c016021840137810186838201520301601f198101835282613196565b604051918291518091835e8101838152039060025afa156108b1575f5192604051937f010000000000000000000000000000000000000000000000000000000000000060208601525f60218601525f604186015260418552614de5606186613196565b614e0e6060870151845192865193614e0560208901958651908d89613a3b565b9390928a6152ab565b9015614f895780614e3e9160808901526040880151906020860151935193614e0560408901958651908d89613a3b565b919015614f8957602091614e66614e6060605f94519801978851908c88613a3b565b90613b01565b83890151158314614f13576040517f020000000000000000000000000000000000000000000000000000000000000085820190815260018101939093526021830191909152614ec281604184015b03601f198101835282613196565b604051918291518091835e8101838152039060025afa156108b15785614ef891614f009760405f51985b51950151955191613a3b565b9490936152ab565b81929192614f0d57505090565b14919050565b6040517f02000000000000000000000000000000000000000000000000000000000000008582019081526001810192909252602182019290925290614f5b8160418401614eb4565b604051918291518091835e8101838152039060025afa156108b15785614ef891614f009760405f5198614eec565b5050505050505050505f90565b5f198101908111610f22576003900490565b9180156152a45760405191926101209290614fc38483613196565b61010082527d011902321ac603df33ee1b68c74b0464e00e348def811cc169f8c8084c7160208301527f058a652fe1240f2135938edaf01282451db5c27d6a27f9b9c99a09784de472a660408301527f06bf8b6266dd30fde29825b31091228836d094ce8f96dbbdf1d2135c8338464060608301527f1e42b6a3c3487e6e6b3a2854fa85ba3dca5e9b9f0a15792b4ed4e5ac73f3a75760808301527f0770c0f78c80630d674adeed31c5fe18e3a5997726b8b47c114492d92320892e60a08301527f373fd15b95bccfcd908797b2dcfcbe61f256d3ab142a5d9e843c3953476d41a260c08301527f1f2d43d8b77ba476c41749ec7f0c6ff66ca13b52299d55aafb6086b1bbcc3e5a60e08301527fcb595fb09ca9a0510bf516eb7a752cd74faed5e9e6e7ade874d6f4eaa85058af6101008301525f9481518201915b828110615283575050509061511391614c4d565b5160f81c60ff018060ff11610f225761513460ff918261527c95069061345a565b6151416040519384613196565b8183527f01020408102040801d3a74e8cd8713264c982d5ab475eac98f03060c183060c060208401527f9d274e9c254a94356ad4b577eec19f23468c050a142850a05dba69d2b96fdea160408401527f5fbe61c2992f5ebc65ca890f1e3c78f0fde7d3bb6bd6b17ffee1dfa35bb671e260608401527fd9af4386112244880d1a3468d0bd67ce811f3e7cf8edc7933b76ecc5973366cc60808401527f85172e5cb86ddaa94f9e214284152a54a84d9a2952a455aa49923972e4d5b77360a08401527fe6d1bf63c6913f7efce5d7b37bf6f1ffe3dbab4b963162c495376edca557ae4160c08401527f82193264c88d070e1c3870e0dda753a651a259b279f2f9efc39b2b56ac458a0960e08401527f122448903d7af4f5f7f3fbebcb8b0b162c58b07dfae9cf831b366cd8ad478e006101008401520690614c4d565b5160f81c90565b60019096919296019060ff60018184511685188601015116019591906150ff565b5050505f90565b9594919390955f5f9360051c935f935b8585106152d057505050505050505060019190565b90919293949596988560051b820135906001808c16145f1461530a576152f99060019287615369565b995b811c97969501939291906152bb565b60018b01808c11610f22578990881b1015615333575b60019161532d9187615369565b996152fb565b868410615352578185146153205750505050505050505090505f905f90565b92936153618160019288615369565b940192615333565b6020929083915f9360218301526041820152604051918183925191829101835e8101838152039060025afa156108b1575f519056' as const
