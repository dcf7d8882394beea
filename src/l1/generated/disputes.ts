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
        "name": "faults",
        "type": "uint8",
        "internalType": "uint8"
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

export const disputesBytecode = '0x6101e080604052346104a35780615bf1803803809161001e8285610735565b833981010361010081126104a3578151906001600160a01b038216908183036104a35760e090601f1901126104a35760405160e081016001600160401b038111828210176107215760405261007560208501610758565b81526100836040850161076c565b91602082019283526100976060860161076c565b93604083019485526100ab6080870161076c565b95606084019687526100bf60a0820161076c565b906080850191825260e06100d560c0830161076c565b60a08701908152910151916001600160a01b03831683036104a35760c08601928352843b1561070e57604051636b188e8560e01b8152602081600481895afa908115610455575f916106d4575b506040516336a9d70f60e11b81526020816004818a5afa80156104555760ff915f916106b5575b5088516001600160401b0393841693610e10908216908110159390921691836106a6575b8361067c575b505081610660575b81610643575b816105a5575b508061058c575b80610573575b80610560575b156104f15750604051630361939d60e61b8152602081600481895afa908115610455575f916104af575b5060805260405163a4d7692760e01b8152602081600481895afa908115610455575f91610460575b5060c05294516001600160401b031660a05293516001600160601b0390811660e05293519093166101005291516001600160a01b031661012052610140919091526040516336a9d70f60e11b815290602090829060049082905afa908115610455575f91610426575b5061016052516001600160601b0390811661018052905181166101a0529051166101c052604051615457908161079a82396080518181816108dc0152818161163001528181611c250152818161272401528181614145015261421d015260a0518181816104980152818161077a01528181610c63015281816111e1015281816115b30152818161247f015281816127b101528181612b220152614701015260c051818181610abd0152612780015260e0518161265e015261010051816123340152610120518181816129970152612eb20152610140518181816106f601528181610bef015281816115170152818161243e015281816129da01528181612ba301526145c10152610160518181816110e80152818161169d01528181611a9901528181611b4f015281816120ca0152818161237101528181612c82015281816135440152818161357c01528181613605015281816138660152818161388f01528181613a1b01528181613a6401528181613a95015261477901526101805181818161052701528181610d4f015281816110280152818161295401528181612e320152612e6101526101a05181818161181d0152612f9601526101c051818181610800015281816125ae01526130550152f35b610448915060203d60201161044e575b6104408183610735565b810190610780565b5f610255565b503d610436565b6040513d5f823e3d90fd5b959493929190506020863d6020116104a7575b8161048060209383610735565b810103126104a357600496610496602097610758565b91929394959650966101ec565b5f80fd5b3d9150610473565b90506020813d6020116104e9575b816104ca60209383610735565b810103126104a357516001600160a01b03811681036104a3575f6101c4565b3d91506104bd565b6040516305d37f0560e11b815287516001600160401b0316600482015288516001600160601b0390811660248301528a51811660448301528b5181166064830152925183166084820152925190911660a483015282516001600160a01b031660c483015260e482015261010490fd5b5083516001600160a01b0316151561019a565b5082518a516001600160601b0391821691161115610194565b50815189516001600160601b039182169116111561018e565b8b516001600160601b031691505f19810181811161062f5760039004810390811161062f576001810180911161062f57806201e84802906201e84882040361062f57620493e0019081620493e01161062f57600182901b916001600160ff1b0381160361062f5764174876e80082029180830464174876e800149015171561062f5710155f610187565b634e487b7160e01b5f52601160045260245ffd5b8a516001600160601b031667016345785d8a000011159150610181565b89516001600160601b0316666a94d74f4300001115915061017b565b919250906001600160401b0382160361062f5760011b6002600160411b0316821015905f80610173565b6301e13380811115935061016d565b6106ce915060203d60201161044e576104408183610735565b5f610149565b90506020813d602011610706575b816106ef60209383610735565b810103126104a35761070090610758565b5f610122565b3d91506106e2565b84639da53c9760e01b5f5260045260245ffd5b634e487b7160e01b5f52604160045260245ffd5b601f909101601f19168101906001600160401b0382119082101761072157604052565b51906001600160401b03821682036104a357565b51906001600160601b03821682036104a357565b908160209103126104a3575160ff811681036104a3579056fe6080806040526004361015610012575f80fd5b5f3560e01c9081630acafefe14613079575080630f0226b81461303157806314afd79e14612ff057806320e9398c14612fba5780632329719914612f7257806323e3fbd514612f3757806324f3474514612b46578063461645bf14612b0257806351cff8d9146129fe57806356397c35146129bb57806361d027b31461297857806364c9ec6f1461293057806364fc5ccc14612682578063659a0b181461263a57806367b203b5146123955780636d53ae1e146123585780636ecdf39214612310578063728f4cc9146120235780637580725014611fec5780637686988d14611b7b5780637f57e6d4146119d3578063903de21f146114895780639230e04d14610fa157806392e73b0c14610e52578063952b1cd514610b4857806399a1e8c614610ae1578063a4d7692714610a9d578063a545ee0c14610900578063d864e740146108bd578063da849fa814610699578063e11f8d001461063a578063e3bfeb441461057c578063ed48761a1461042b578063ee9e9c4b146103ce578063ef5223691461039e578063f3096ef7146102c6578063f95b59ba146102945763f9609f08146101be575f80fd5b6040600319360112610290576101d26130dd565b602435906001600160a01b038216809203610290576001600160a01b03811691825f5260016020526001600160a01b0360405f20541681158015610286575b61025457505034156102285761022690614d17565b005b507fb2e6d115000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b837fcbce04d8000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b5080821415610211565b5f80fd5b34610290576020600319360112610290576004355f526005602052602060ff60405f205460d01c161515604051908152f35b6020600319360112610290576102da6130dd565b335f5260016020526001600160a01b0360405f209116908115801561038b575b61035b57817fffffffffffffffffffffffff0000000000000000000000000000000000000000825416179055337fac6ada9402dd0f0c55eb0ed3f62eab33eb299016680470e34eeaec23e0be15d75f80a33461035257005b61022633614d17565b507f8b58c874000000000000000000000000000000000000000000000000000000005f523360045260245260445ffd5b506001600160a01b0381541615156102fa565b34610290576020600319360112610290576004355f526005602052602060ff60405f205460d01c16604051908152f35b34610290576020600319360112610290576004355f526002602052608060405f205460ff604051916001600160a01b038116835265ffffffffffff8160a01c166020840152818160d01c16604084015260d81c1615156060820152f35b346102905760a06003193601126102905760043560807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdc3601126102905761047b61047536613485565b82613b00565b919067ffffffffffffffff6104bd65ffffffffffff6020860151167f0000000000000000000000000000000000000000000000000000000000000000906132be565b168042111561054d576102266001600160a01b038585855f5260026020525f604081205582825116907f68180999e72fcffa51ed6cdce4655a57be713c0d90cd7237880ef1984c286476608060405161051581613437565ba351166bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001690614049565b7fe58369d1000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b34610290576101206003193601126102905760043567ffffffffffffffff8111610290576105ae9036906004016130f3565b9060443567ffffffffffffffff8111610290576105cf9036906004016130f3565b91909260a07fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9c36011261029057610104359267ffffffffffffffff841161029057602094610624610630953690600401613191565b94909360243591613514565b6040519015158152f35b34610290576020600319360112610290576004355f526005602052608060405f205460ff604051916001600160a01b038116835265ffffffffffff8160a01c166020840152818160d81c161515604084015260e01c1615156060820152f35b34610290576106a736613121565b604093919351937fb4f826f400000000000000000000000000000000000000000000000000000000855260206004860152602085806106ea602482018888613266565b03816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9485156108b2575f9561087e575b50845f52600560205260405f209384549365ffffffffffff8560a01c1680156108525760ff8660e01c1661082657966001600160a01b039594926107aa94926107a567ffffffffffffffff61079f6102269c7f0000000000000000000000000000000000000000000000000000000000000000906132be565b166143d7565b6143e1565b927c01000000000000000000000000000000000000000000000000000000007fffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffff831617905516906bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001690614437565b877fee5aced2000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b877fb2f82b79000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b9094506020813d6020116108aa575b8161089a60209383613243565b8101031261029057519385610726565b3d915061088d565b6040513d5f823e3d90fd5b34610290575f6003193601126102905760206040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152f35b346102905760a06003193601126102905760043567ffffffffffffffff8111610290576109319036906004016130f3565b60443567ffffffffffffffff8111610290576109519036906004016130f3565b909260643567ffffffffffffffff8111610290576109739036906004016130f3565b60849591953567ffffffffffffffff8111610290576109bd946109b4936109a16109ad9336906004016130f3565b969098602435916146a9565b958661475b565b5050928461475b565b505090602081015115801590610a8e575b610a62576001602083015114801590610a53575b610a2657608080910151910151146109fe5761022690516148d4565b7fae591c87000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f46aebf4d000000000000000000000000000000000000000000000000000000005f52600160045260245ffd5b508151604082015114156109e2565b7f46aebf4d000000000000000000000000000000000000000000000000000000005f525f60045260245ffd5b508051604083015114156109ce565b34610290575f60031936011261029057602060405167ffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461029057604060031936011261029057610afa613173565b6004355f52600360205260ff60405f2091165f52602052606060405f205460ff604051916001600160a01b038116835265ffffffffffff8160a01c16602084015260d01c1615156040820152f35b346102905760a06003193601126102905760043567ffffffffffffffff811161029057610b799036906004016130f3565b60807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdc36011261029057604051917fb4f826f40000000000000000000000000000000000000000000000000000000083526020600484015260208380610be3602482018686613266565b03816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9283156108b2575f93610e1e575b50610c32610c2c36613485565b84613b00565b91906020830165ffffffffffff8151168042111561054d5750610c8865ffffffffffff67ffffffffffffffff9251167f0000000000000000000000000000000000000000000000000000000000000000906132be565b16804211610def57505f5260026020525f6040812055835f52600360205260405f20936024359360ff8516850361029057817f28f1304410e73f413bbe3baf9526eade04685f5026d92ae127ca069821a844b1610d3e946102269860ff896001600160a01b039a50165f5260205260405f2065ffffffffffff815460a01c1615610d75575b508787511693610d36604051928392610d2584613437565b60a0608085015260a0840191613266565b0390a3614b63565b51166bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001690614049565b875181547fffffffffffff000000000000ffffffffffffffffffffffffffffffffffffffff918b16919091167fffffffffffff0000000000000000000000000000000000000000000000000000909116174260a01b79ffffffffffff00000000000000000000000000000000000000001617905589610d0d565b7f388b0173000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b9092506020813d602011610e4a575b81610e3a60209383613243565b8101031261029057519183610c1f565b3d9150610e2d565b3461029057604060031936011261029057610e6b6130dd565b60243567ffffffffffffffff811161029057610e8b903690600401613191565b906001600160a01b03831692835f52600160205263ffffffff600160405f20015460801c16935f907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc184360301955b85831015610f4a5763ffffffff1663ffffffff8114610f1d57600101918060051b850135908782121561029057610f16600192870185876141d7565b0191610eda565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b610226915f526001602052600160405f2001907fffffffffffffffffffffffff00000000ffffffffffffffffffffffffffffffff73ffffffff0000000000000000000000000000000083549260801b169116179055565b60e06003193601126102905760043567ffffffffffffffff811161029057610fcd9036906004016130f3565b9060443567ffffffffffffffff811161029057610fee9036906004016130f3565b9060807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9c360112610290576bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001680340361145a57509061105f91602435858561454d565b9081515f52600560205260405f205460d01c91600260ff841693166114295767ffffffffffffffff6110918584614a87565b168042116113fa575060643560ff8116908181036102905760843560ff8116928382036102905760a4359360ff8516908186036102905760c4359263ffffffff84168085036102905761110e9360408a01519360ff7f00000000000000000000000000000000000000000000000000000000000000001693614a99565b156113c45761113d9385519260405194611127866131c2565b8552602085015260408401526060830152614b08565b92835f52600260205260405f20606060405191611159836131c2565b54916001600160a01b038316815260ff602082019365ffffffffffff8160a01c168552818160d01c16604084015260d81c1615159182910152611398575165ffffffffffff16806113695750906113387f5c105000d4fb2e8f3d43ad70210b5a37f1acc013062c3eae9a5f02e70970770f939265ffffffffffff61120767ffffffffffffffff7f000000000000000000000000000000000000000000000000000000000000000016426132e0565b16956112ea60ff6040519361121b856131c2565b33855260208086018b815260408088019384525f6060890181815297815260029093529091209551865491517fffffffffffff00000000000000000000000000000000000000000000000000009092166001600160a01b03919091161760a09190911b79ffffffffffff0000000000000000000000000000000000000000161785555b5184547fffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffff16911660d01b7aff000000000000000000000000000000000000000000000000000016178355565b5181547fffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffffff1690151560d81b7bff00000000000000000000000000000000000000000000000000000016179055565b519261136460405192839261134c846133e9565b608084015260c060a0840152339660c0840191613266565b0390a3005b847fa6a7f3cf000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b847fadc6d47e000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b60846040517fb9a848eb0000000000000000000000000000000000000000000000000000000081526113f8600482016133e9565bfd5b7faa05e479000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b9050517f6cb1d7de000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b7f48458e5d000000000000000000000000000000000000000000000000000000005f526004523460245260445ffd5b346102905760806003193601126102905760043567ffffffffffffffff8111610290576114ba9036906004016130f3565b6114c2613173565b6044359267ffffffffffffffff8411610290578360040160606003198636030112610290576064359067ffffffffffffffff821161029057816004019560406003198436030112610290576001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001692604051957fb4f826f40000000000000000000000000000000000000000000000000000000087526020600488015260208780611578602482018c8b613266565b0381885afa9687156108b2575f9761199f575b506115968188614344565b958654996115dc67ffffffffffffffff61079f8d65ffffffffffff7f00000000000000000000000000000000000000000000000000000000000000009160a01c166132be565b896028116102905763ffffffff602483013560e01c1693604051947f85a885d10000000000000000000000000000000000000000000000000000000086528060048701526020866024816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9586156108b2575f9661196b575b5061166a83614957565b90868203611938575050906024611682920190613320565b929099602011610290576116cb6116d092359160ff6116c4817f000000000000000000000000000000000000000000000000000000000000000016809561469f565b91166132e0565b61469f565b975f5b600160206116e2838686613374565b01358b1c166116fd576116f6600191614992565b90506116d3565b8a99506117129261170d92613374565b613384565b958335602484016117238187613398565b601f8116159150839060051c8261192c575b82611921575b5050156118e65761174f9086939293613398565b9291928101905b8181106118be5750505090604460209260405196879384927f30488427000000000000000000000000000000000000000000000000000000008452600484015260248301525afa9283156108b2575f93611888575b506117c59160446117bd920190613398565b9083866149a0565b1561185057507fffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffff83167a010000000000000000000000000000000000000000000000000000179055610226916001600160a01b0316907f00000000000000000000000000000000000000000000000000000000000000006bffffffffffffffffffffffff1690614437565b6001600160a01b03837f950028a2000000000000000000000000000000000000000000000000000000005f521660045260245260445ffd5b9092506020813d6020116118b6575b816118a460209383613243565b810103126102905751916117c56117ab565b3d9150611897565b90919260208460051b1690815260208235911852602060405f209360011c9101919091611756565b6118f09086613398565b9190507f769350fd000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b1c159050828c61173b565b60098111159250611735565b86907fd629b29e000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b9095506020813d602011611997575b8161198760209383613243565b810103126102905751948d611660565b3d915061197a565b9096506020813d6020116119cb575b816119bb60209383613243565b810103126102905751958961158b565b3d91506119ae565b346102905760a06003193601126102905760043567ffffffffffffffff811161029057611a049036906004016130f3565b60443567ffffffffffffffff811161029057611a249036906004016130f3565b92909160643567ffffffffffffffff811161029057611a479036906004016130f3565b9190946084359461ffff861680960361029057611a7294611a6b93602435916146a9565b938461475b565b926020839293015115801590611b45575b610a62578151936060611aed611add611ad260ff7f00000000000000000000000000000000000000000000000000000000000000001698611acc611ac68b61504f565b8b613507565b9061330d565b6040870151906132e0565b611acc60408a01988951906147ed565b9301519283600b1b938085046108001490151715610f1d5782611b16611b2195611b1b936132e0565b6132e0565b93614893565b15918215611b3a575b50506109fe5761022690516148d4565b511190508280611b2a565b508151611b7460ff7f0000000000000000000000000000000000000000000000000000000000000000166147aa565b1115611a83565b34610290576020600319360112610290576001600160a01b03611b9c6130dd565b611ba5816140a1565b611bae816140fe565b16805f52600160205260405f2060405191611bc88361320b565b60018254926001600160a01b0384168552602085019360a01c84520154604084019067ffffffffffffffff811682526060850167ffffffffffffffff8260401c16815263ffffffff608087019260801c1682526001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001691604051917f76671808000000000000000000000000000000000000000000000000000000008352602083600481875afa9283156108b2575f93611fb1575b505167ffffffffffffffff169081158015611fa7575b8015611f90575b611f4357505050906020602492604051938480927ed67cf20000000000000000000000000000000000000000000000000000000082528760048301525afa9182156108b2575f92611f06575b505167ffffffffffffffff918216911680821015611ed4576102266bffffffffffffffffffffffff8585611e9b6001600160a01b038a511660405190611d328261320b565b815263ffffffff83611e5667ffffffffffffffff602085015f81528180600160408901985f8a52611de68e60608301965f8852608084019a5f8c525f52846020526001600160a01b038060405f20955116167fffffffffffffffffffffffff0000000000000000000000000000000000000000855416178455511682906001600160a01b037fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b01975116167fffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000875416178655511684907fffffffffffffffffffffffffffffffff0000000000000000ffffffffffffffff6fffffffffffffffff000000000000000083549260401b169116179055565b5182547fffffffffffffffffffffffff00000000ffffffffffffffffffffffffffffffff16911660801b73ffffffff0000000000000000000000000000000016179055565b82825116906040519182527f039781dfa29ccceae8ebcb3176816f5e3c224ee36c342aae00205f96f2dc751e60203393a3511633614049565b827fa0f40faf000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b67ffffffffffffffff919250611f34829160203d602011611f3c575b611f2c8183613243565b8101906132ed565b929150611ced565b503d611f22565b608492869263ffffffff8093511690604051947f6b4857b5000000000000000000000000000000000000000000000000000000008652600486015260248501526044840152166064820152fd5b5063ffffffff81511663ffffffff84161415611ca1565b5081421115611c9a565b67ffffffffffffffff919350611fde9060203d602011611fe5575b611fd68183613243565b8101906132a2565b9290611c84565b503d611fcc565b34610290576020600319360112610290576001600160a01b0361200d6130dd565b165f525f602052602060405f2054604051908152f35b346102905760a06003193601126102905760043567ffffffffffffffff8111610290576120549036906004016130f3565b60443567ffffffffffffffff8111610290576120749036906004016130f3565b91906064359260843567ffffffffffffffff81116102905761209d6120aa9136906004016130f3565b929093602435868961454d565b51805f52600560205260ff60405f205460d01c1690816122e257505060ff7f0000000000000000000000000000000000000000000000000000000000000000169463ffffffff6120fa8583613bb7565b1693601f8616158015906122d8575b6122a8576020116102905761212392849287923591613bf3565b9290949161212f613ac4565b5061213a85886147ed565b9061217861215b61214b848761469f565b996121558161504f565b90613507565b6116cb6121718261216c878a614012565b614012565b9487614012565b88600b1c926107ff606060405161218e816131c2565b838152846020820152866040820152019a168a528461229b575b84612290575b5083612282575b5082612274575b50501561224c576121d56121e5916121eb965194613507565b80602010816020180218836132e0565b92613ae8565b906121f582613286565b6122026040519182613243565b82815260208101923681840111610290576020815f92604095873783010152601f19601f8351948593602085525180918160208701528686015e5f85828601015201168101030190f35b7f84f86b93000000000000000000000000000000000000000000000000000000005f5260045ffd5b6060015114905086806121bc565b6040820151149250886121b5565b8251149350896121ae565b60208301511594506121a8565b84867f07aaf656000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b5084861015612109565b7ff7aa96f4000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b34610290575f6003193601126102905760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b34610290575f60031936011261029057602060405160ff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b346102905760606003193601126102905760043567ffffffffffffffff8111610290576123c69036906004016130f3565b6123ce613173565b9160443567ffffffffffffffff8111610290576123ef9036906004016130f3565b604092919251947fb4f826f40000000000000000000000000000000000000000000000000000000086526020600487015260208680612432602482018988613266565b03816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9586156108b2575f96612604575b506124799086614344565b928354947f000000000000000000000000000000000000000000000000000000000000000067ffffffffffffffff6124bc8265ffffffffffff8a60a01c166132be565b1690814211156125d4576124e39167ffffffffffffffff6124de9216906132e0565b6143d7565b865f52600560205260405f209360ff855460d81c16610826576001600160a01b039594937a01000000000000000000000000000000000000000000000000000093610226997fffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffff94612553946143e1565b95161782557b010000000000000000000000000000000000000000000000000000007fffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffffff8254161790555416906bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001690614437565b507fe58369d1000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b9095506020813d602011612632575b8161262060209383613243565b8101031261029057519461247961246e565b3d9150612613565b34610290575f6003193601126102905760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b346102905760606003193601126102905761269b6130dd565b60243567ffffffffffffffff811161029057604060031982360301126102905760443567ffffffffffffffff81116102905760406003198236030112610290576126e4836140a1565b6126ed836140fe565b604051917f766718080000000000000000000000000000000000000000000000000000000083526020836004816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9283156108b2575f9361290f575b5063ffffffff831690816128fb575b50600181116128d8575b505067ffffffffffffffff4216916127a57f0000000000000000000000000000000000000000000000000000000000000000846132be565b9067ffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000166005029167ffffffffffffffff8316928303610f1d577f12af565fbdd53c6be7b24b4d08750ab523585c012527663059a728d6bf640d51936001600160a01b036128206020956128c5946132be565b93165f81815260018087526040918290200180547fffffffffffffffffffffffffffffffff000000000000000000000000000000001667ffffffffffffffff909916989098179085901b6fffffffffffffffff00000000000000001617875595907fffffffffffffffffffffffff00000000ffffffffffffffffffffffffffffffff73ffffffff0000000000000000000000000000000083549260801b169116179055565b67ffffffffffffffff60405191168152a2005b5f190163ffffffff8111610f1d576128f49160040190846141d7565b828061276d565b6129099060040184866141d7565b84612763565b61292991935060203d602011611fe557611fd68183613243565b9184612754565b34610290575f6003193601126102905760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b34610290575f6003193601126102905760206040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152f35b34610290575f6003193601126102905760206040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461029057602060031936011261029057612a176130dd565b6001600160a01b038116805f525f60205260405f2054918215612ad6575f808085819486835282602052826040812055867f7084f5476618d8e60b11ef0d7d3f06914655adb8793e28ff7f018d4c76d505d56020604051858152a25af13d15612ad1573d612a8481613286565b90612a926040519283613243565b81525f60203d92013e5b15612aa357005b7fc5079ddb000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b612a9c565b507fdc69dc16000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b34610290575f60031936011261029057602060405167ffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461029057612b5436613121565b604093919351927fb4f826f40000000000000000000000000000000000000000000000000000000084526020600485015260208480612b97602482018588613266565b03816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9384156108b2575f94612f03575b50612bdc613ac4565b508115612ed6578160011015612ed6578160021015612ed65781600711610290576040519163ffffffff6003870135612c14856131c2565b873560f81c8552600188013560f81c6020860152600288013560f81c604086015260e01c166060840152612c488386613b00565b96909465ffffffffffff602089015116804211610def5750836020116102905763ffffffff612c7c612ca895833593613bb7565b169260ff7f00000000000000000000000000000000000000000000000000000000000000001692613bf3565b94929091501561224c578492612df0612ddd92612da47f5da3ab64c08742e62b12ed4d7e20c19be86d5a0d03fb5f394b4e9eff042e49989560405190612ced826131c2565b5f82526112ea60ff602084015f815261129e65ffffffffffff60408701925f84526060880196600188525f5260026020526001600160a01b038060405f20995116167fffffffffffffffffffffffff0000000000000000000000000000000000000000895416178855511686907fffffffffffff000000000000ffffffffffffffffffffffffffffffffffffffff79ffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b6040519384809463ffffffff6060809260ff815116855260ff602082015116602086015260ff6040820151166040860152015116910152565b60a06080840152339660a0840191613266565b0390a35f52600560205260ff60405f205460d01c1660ff60408301511614155f14612e58576001600160a01b036102269151166bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001690614049565b50610226612eb07f00000000000000000000000000000000000000000000000000000000000000006bffffffffffffffffffffffff6b7fffffffffffffffffffffff8260011c1691612eaa8333614049565b16613507565b7f0000000000000000000000000000000000000000000000000000000000000000614049565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52603260045260245ffd5b9093506020813d602011612f2f575b81612f1f60209383613243565b8101031261029057519285612bd3565b3d9150612f12565b34610290576020600319360112610290576001600160a01b03612f586130dd565b165f526001602052602060405f205460a01c604051908152f35b34610290575f6003193601126102905760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b34610290576020600319360112610290576004355f5260046020526040805f205460ff825191818116835260081c166020820152f35b34610290576020600319360112610290576001600160a01b036130116130dd565b165f52600160205260206001600160a01b0360405f205416604051908152f35b34610290575f6003193601126102905760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b34610290576020600319360112610290576060906001600160a01b0361309d6130dd565b165f52600160205263ffffffff600160405f20015467ffffffffffffffff8116835267ffffffffffffffff8160401c16602084015260801c166040820152f35b600435906001600160a01b038216820361029057565b9181601f840112156102905782359167ffffffffffffffff8311610290576020838186019501011161029057565b60406003198201126102905760043567ffffffffffffffff8111610290578161314c916004016130f3565b929092916024359067ffffffffffffffff82116102905761316f916004016130f3565b9091565b6024359060ff8216820361029057565b359060ff8216820361029057565b9181601f840112156102905782359167ffffffffffffffff8311610290576020808501948460051b01011161029057565b6080810190811067ffffffffffffffff8211176131de57604052565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b60a0810190811067ffffffffffffffff8211176131de57604052565b6060810190811067ffffffffffffffff8211176131de57604052565b90601f601f19910116810190811067ffffffffffffffff8211176131de57604052565b601f8260209493601f1993818652868601375f8582860101520116010190565b67ffffffffffffffff81116131de57601f01601f191660200190565b90816020910312610290575163ffffffff811681036102905790565b9067ffffffffffffffff8091169116019067ffffffffffffffff8211610f1d57565b91908201809211610f1d57565b90816020910312610290575167ffffffffffffffff811681036102905790565b81810292918115918404141715610f1d57565b9035907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe181360301821215610290570180359067ffffffffffffffff821161029057602001918160061b3603831361029057565b9190811015612ed65760061b0190565b356001600160a01b03811681036102905790565b9035907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe181360301821215610290570180359067ffffffffffffffff82116102905760200191813603831361029057565b60643560ff811680910361029057815260843560ff811680910361029057602082015260a43560ff811680910361029057604082015260c4359063ffffffff82168092036102905760600152565b60243560ff811680910361029057815260443560ff811680910361029057602082015260643560ff81168091036102905760408201526084359063ffffffff82168092036102905760600152565b7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdc608091011261029057604051906134bc826131c2565b8160243560ff8116810361029057815260443560ff8116810361029057602082015260643560ff811681036102905760408201526084359063ffffffff821682036102905760600152565b91908203918211610f1d57565b90613524949392919695966146a9565b9160ff60643516606435036102905760643560ff16613a8e5761356960ff7f0000000000000000000000000000000000000000000000000000000000000000166147aa565b905b60643560ff16613a5d576135a560ff7f0000000000000000000000000000000000000000000000000000000000000000166121558161504f565b5f92600160ff6064351611908115613a43575b508015613a13575b61397b5760018101809111610f1d57601f196135f46135de83613286565b926135ec6040519485613243565b808452613286565b013660208301375f60e435815b60ff7f00000000000000000000000000000000000000000000000000000000000000001681106139b157505081510361397b57845160405160208101913383526040820152613654606082016064614ca6565b60e0815261366461010082613243565b51902094855f52600460205260405f209660405197604089019089821067ffffffffffffffff8311176131de576136b2916040525460ff80821691828c5260081c1660208b01528451613507565b9686158015613972575b61394257959660c43596905f5b898110156138bd576136df60ff8c511687614d06565b5160f81c6136fc6136f58360051b8a018a613398565b908861475b565b90918b6102905760643560ff1615908161385a575b818015613847575b60208201519015613840576001905b149182613815575b826137e7575b50816137c8575b501561379c5761ffff8c168c0361029057602060ff8f9381958f61377292849661ffff61376b931691614893565b908d615061565b1692015116181660208c015260ff8b51169060ff8214610f1d5760ff6001809301168c52016136c9565b827f46aebf4d000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b6060015160a43563ffffffff811692508281036102905750145f61373d565b60408201519192501561380e5760843560ff8116908181036102905750905b14905f613736565b8490613806565b91508051825f1461382a5785905b1491613730565b60843560ff811690818103610290575090613823565b5f90613728565b5f9d5060643560ff166001149250613719565b90506138b461388b60ff7f00000000000000000000000000000000000000000000000000000000000000001661504f565b60ff7f000000000000000000000000000000000000000000000000000000000000000016613507565b84101590613711565b5094509692509693509350106138f5576020015160ff16156109fe576138f0915f5260046020525f6040812055516148d4565b600190565b9190505f52600460205260405f209060ff8151167fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff000061ff006020855494015160081b169216171790555f90565b86887f5028c302000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b508787116136bc565b60a46040517fee4775e60000000000000000000000000000000000000000000000000000000081526113f8600482016064614ca6565b600182821c1615613a0b578351831461397b576001906139d084614992565b93613a037fff000000000000000000000000000000000000000000000000000000000000008360f81b165f1a9187614d06565b535b01613601565b600190613a05565b5060e43560ff7f0000000000000000000000000000000000000000000000000000000000000000161c15156135c0565b905060843560ff811690818103610290575010155f6135b8565b613a8960ff7f0000000000000000000000000000000000000000000000000000000000000000166147aa565b6135a5565b613abe60ff7f0000000000000000000000000000000000000000000000000000000000000000166121558161504f565b9061356b565b60405190613ad1826131c2565b5f6060838281528260208201528260408201520152565b90939293848311610290578411610290578101920390565b90613b1391613b0d613ac4565b50614b08565b90815f52600260205260405f209060405191613b2e836131c2565b54916001600160a01b038316815260ff65ffffffffffff8460a01c1693846020840152818160d01c16604084015260d81c16151560608201529115613b6f57565b827f7e16ae7b000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b359060208110613ba9575090565b5f199060200360031b1b1690565b90602411610290576020013560e01c90565b60405190613bd68261320b565b5f6080838281528260208201528260408201528260608201520152565b90929391613bff613bc9565b9482905f90600481101580614007575b158015613fe9575b613fdb5760078710613fce578615612ed657843560f81c88528660011015612ed65760208801600186013560f81c81528760021015612ed657600286013560f81c908160408b01528860071161029057600387013560e01c60608b018190528a519151613c89938a9386939290614a99565b15613fce57613ca6613c9f8260208b0151614db6565b96826147ed565b92606089015192613cb5613bc9565b9380600b1b908082046108001490151715610f1d57613cd49086613507565b610800808210911802610800186007019485600711610f1d5785855260015f198201600b1c019015150294613d84866fffffffffffffffffffffffffffffffff811160071b67ffffffffffffffff82821c1160061b1763ffffffff82821c1160051b1761ffff82821c1160041b1760ff82821c1160031b17600f82821c1160021b177d01010202020203030303030303030000000000000000000000000000000082821c1a17906001821b100190565b907f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff82168203610f1d57613dbb9160051b906132e0565b806020860152613e46896fffffffffffffffffffffffffffffffff811160071b67ffffffffffffffff82821c1160061b1763ffffffff82821c1160051b1761ffff82821c1160041b1760ff82821c1160031b17600f82821c1160021b177d01010202020203030303030303030000000000000000000000000000000082821c1a17906001821b100190565b907f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff82168203610f1d57613e7d9160051b906132e0565b80604086015260208101809111610f1d57806060860152613f19846fffffffffffffffffffffffffffffffff811160071b67ffffffffffffffff82821c1160061b1763ffffffff82821c1160051b1761ffff82821c1160041b1760ff82821c1160031b17600f82821c1160021b177d01010202020203030303030303030000000000000000000000000000000082821c1a17906001821b100190565b907f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff82168203610f1d57613f509160051b906132e0565b8060808601528903613fbf5750508151968760071161029057808811610290578589927ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff96007613fbc99019a019860405196613fab88613227565b875260208701526040860152614dd0565b93565b5f9a9198509650945050505050565b505f979195509350915050565b505f97939550879450505050565b5085151580613ff9575b15613c17565b506308000000861115613ff3565b5060ff811115613c0f565b811561401c570490565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601260045260245ffd5b811561409d5760206001600160a01b037f9c9e0cdb1670e88302408e5b941dc636f63a3293204694bb68910fcf3d9305f3921692835f525f825260405f206140928282546132e0565b9055604051908152a2565b5050565b6001600160a01b0316805f5260016020526001600160a01b0360405f205416903382036140cc575050565b7fcbce04d8000000000000000000000000000000000000000000000000000000005f526004526024523360445260645ffd5b6001600160a01b03604051917f35eb6b8300000000000000000000000000000000000000000000000000000000835216908160048201526020816024816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa80156108b25767ffffffffffffffff915f916141b8575b5016908161418a575050565b7f7d98945c000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b6141d1915060203d602011611f3c57611f2c8183613243565b5f61417e565b909163ffffffff604051937f85a885d100000000000000000000000000000000000000000000000000000000855216928360048201526020816024816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9081156108b2575f91614312575b5061425782614957565b908082036142e057505080602061426f920190613320565b90916001600160a01b0316905f5b81811061428b575050505050565b826001600160a01b036142a261170d848689613374565b16146142b05760010161427d565b84837f5a648aee000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b847fd629b29e000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b90506020813d60201161433c575b8161432d60209383613243565b8101031261029057515f61424d565b3d9150614320565b9190825f52600360205260ff60405f2091165f5260205260405f2091825465ffffffffffff8160a01c16156143ab5760d01c60ff166143805750565b7fee5aced2000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b507fb2f82b79000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b804211610def5750565b919294939060441161029057603061440092013560601c9483866149a0565b156144085750565b827f950028a2000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b6001600160a01b03909291921690815f52600160205260405f205460a01c9283808210911802808418931461452a57815f52600160205260405f20926bffffffffffffffffffffffff8116845460a01c03926bffffffffffffffffffffffff8411610f1d576144df612eb09461452896906001600160a01b037fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b604051908282527f5fa4c86b177d7620489617cff2ed61cf7d957652aa6341770cd8f8793343f40160206001600160a01b03861693a36145238160011c8093614049565b613507565b565b505050565b6040519061453c82613227565b5f6040838281528260208201520152565b91936040919361455b61452f565b506145b5835196879384937f8157bdf40000000000000000000000000000000000000000000000000000000085526060600486015261459e606486018a8a613266565b926024860152600319858403016044860152613266565b03816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9283156108b2575f905f9461465c575b501561463057816020116102905761461263ffffffff92823592613bb7565b906040519361462085613227565b8452602084015216604082015290565b827fa9101ffa000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b9350506040833d604011614697575b8161467860409383613243565b810103126102905782519283151584036102905760200151925f6145f3565b3d915061466b565b811561401c570690565b949390926146c1926146b961452f565b50848761454d565b9283515f52600560205260405f205460d01c60028116614727575067ffffffffffffffff6146f5614528936124de93614a87565b1667ffffffffffffffff7f000000000000000000000000000000000000000000000000000000000000000016906132e0565b60ff9085517f6cb1d7de000000000000000000000000000000000000000000000000000000005f526004521660245260445ffd5b9061479f9291614769613bc9565b50604060208201519101519260ff7f00000000000000000000000000000000000000000000000000000000000000001692613bf3565b919390921561224c57565b6147b38161504f565b907f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff82168203610f1d576147ea9160011b90613507565b90565b6147f6816147aa565b7f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff81168103610f1d5761482f826121556148389461504f565b9060051b61330d565b80156148815761484d6001915f198401614012565b01901515027f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff81168103610f1d5760051b90565b634e487b715f5260126020526024601cfd5b90808310156148a55750013560f81c90565b827f2e649ccc000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b5f81815260056020526040902080547fffffffffffff000000000000ffffffffffffffffffffffffffffffffffffffff33167fffffffffffff0000000000000000000000000000000000000000000000000000909116174260a01b79ffffffffffff00000000000000000000000000000000000000001617905561452890614c09565b60806149666020830183613320565b9092604051938260061b9283926020875235602087015260408087015260608601528385013701902090565b5f198114610f1d5760010190565b92909160408203614a7f5781602011610290576149c7906020601f19823594019101613b9b565b917f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8316927f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a08411614a7657601b9060ff1c019060ff8211610f1d576020935f9360ff60809460405194855216868401526040830152606082015282805260015afa156108b2576001600160a01b035f51168015159182614a6757505090565b6001600160a01b031614919050565b50505050505f90565b505050505f90565b90603011610290576028013560c01c90565b841194929392919085614afc575b85614ae5575b505083614abb575b50505090565b9091809350600b1b928084046108001490151715610f1d57614adc916147ed565b115f8080614ab5565b614af3919295508390614db6565b11925f80614aad565b60018111159550614aa7565b90614b4e6040519160208301938452604083019063ffffffff6060809260ff815116855260ff602082015116602086015260ff6040820151166040860152015116910152565b60a08152614b5d60c082613243565b51902090565b805f52600560205260405f205460d01c6001811661409d576020600160ff7f026d111ae5b176420c710adf962b7e4535b76d5d55ded7bef4eb767bf1181730931617835f5260058252614c008160405f20907fffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffff7aff000000000000000000000000000000000000000000000000000083549260d01b169116179055565b604051908152a2565b805f52600560205260405f205460d01c6002811661409d576020600260ff7f026d111ae5b176420c710adf962b7e4535b76d5d55ded7bef4eb767bf1181730931617835f5260058252614c008160405f20907fffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffff7aff000000000000000000000000000000000000000000000000000083549260d01b169116179055565b60ff614cb182613183565b16825260ff614cc260208301613183565b166020830152604081013563ffffffff811681036102905763ffffffff166040830152606081013561ffff8116809103610290576060830152608090810135910152565b908151811015612ed6570160200190565b6001600160a01b0316805f52600160205260405f206bffffffffffffffffffffffff3416815460a01c016bffffffffffffffffffffffff8111610f1d5781546001600160a01b031660a09190911b7fffffffffffffffffffffffff0000000000000000000000000000000000000000161790557f2da466a7b24304f47e87fa2e1e5a81b9831ce54fec19055ce277ca2f39ba42c46020604051348152a2565b614dc757806121556147ea9261504f565b6147ea906147aa565b9192909381518060071161029057858111610290575f602091604051614e3b601a82868101948686527ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9810160078c016021840137810186838201520301601f198101835282613243565b604051918291518091835e8101838152039060025afa156108b2575f5192604051937f010000000000000000000000000000000000000000000000000000000000000060208601525f60218601525f604186015260418552614e9e606186613243565b614ec76060870151845192865193614ebe60208901958651908d89613ae8565b9390928a615364565b90156150425780614ef79160808901526040880151906020860151935193614ebe60408901958651908d89613ae8565b91901561504257602091614f1f614f1960605f94519801978851908c88613ae8565b90613b9b565b83890151158314614fcc576040517f020000000000000000000000000000000000000000000000000000000000000085820190815260018101939093526021830191909152614f7b81604184015b03601f198101835282613243565b604051918291518091835e8101838152039060025afa156108b25785614fb191614fb99760405f51985b51950151955191613ae8565b949093615364565b81929192614fc657505090565b14919050565b6040517f020000000000000000000000000000000000000000000000000000000000000085820190815260018101929092526021820192909252906150148160418401614f6d565b604051918291518091835e8101838152039060025afa156108b25785614fb191614fb99760405f5198614fa5565b5050505050505050505f90565b5f198101908111610f1d576003900490565b91801561535d576040519192610120929061507c8483613243565b61010082527d011902321ac603df33ee1b68c74b0464e00e348def811cc169f8c8084c7160208301527f058a652fe1240f2135938edaf01282451db5c27d6a27f9b9c99a09784de472a660408301527f06bf8b6266dd30fde29825b31091228836d094ce8f96dbbdf1d2135c8338464060608301527f1e42b6a3c3487e6e6b3a2854fa85ba3dca5e9b9f0a15792b4ed4e5ac73f3a75760808301527f0770c0f78c80630d674adeed31c5fe18e3a5997726b8b47c114492d92320892e60a08301527f373fd15b95bccfcd908797b2dcfcbe61f256d3ab142a5d9e843c3953476d41a260c08301527f1f2d43d8b77ba476c41749ec7f0c6ff66ca13b52299d55aafb6086b1bbcc3e5a60e08301527fcb595fb09ca9a0510bf516eb7a752cd74faed5e9e6e7ade874d6f4eaa85058af6101008301525f9481518201915b82811061533c57505050906151cc91614d06565b5160f81c60ff018060ff11610f1d576151ed60ff9182615335950690613507565b6151fa6040519384613243565b8183527f01020408102040801d3a74e8cd8713264c982d5ab475eac98f03060c183060c060208401527f9d274e9c254a94356ad4b577eec19f23468c050a142850a05dba69d2b96fdea160408401527f5fbe61c2992f5ebc65ca890f1e3c78f0fde7d3bb6bd6b17ffee1dfa35bb671e260608401527fd9af4386112244880d1a3468d0bd67ce811f3e7cf8edc7933b76ecc5973366cc60808401527f85172e5cb86ddaa94f9e214284152a54a84d9a2952a455aa49923972e4d5b77360a08401527fe6d1bf63c6913f7efce5d7b37bf6f1ffe3dbab4b963162c495376edca557ae4160c08401527f82193264c88d070e1c3870e0dda753a651a259b279f2f9efc39b2b56ac458a0960e08401527f122448903d7af4f5f7f3fbebcb8b0b162c58b07dfae9cf831b366cd8ad478e006101008401520690614d06565b5160f81c90565b60019096919296019060ff60018184511685188601015116019591906151b8565b5050505f90565b9594919390955f5f9360051c935f935b85851061538957505050505050505060019190565b90919293949596988560051b820135906001808c16145f146153c3576153b29060019287615422565b995b811c9796950193929190615374565b60018b01808c11610f1d578990881b10156153ec575b6001916153e69187615422565b996153b4565b86841061540b578185146153d95750505050505050505090505f905f90565b929361541a8160019288615422565b9401926153ec565b6020929083915f9360218301526041820152604051918183925191829101835e8101838152039060025afa156108b2575f519056' as const
